from agentflow import PlanFailed, Workflow, tools

JOBS = ("lint", "test", "build")


class Release(Workflow):
    """Release a version; without an upload there is no tag."""

    async def run(self, event, step):
        version, commit = event.payload["version"], event.payload["commit"]
        checks = await step.gather(*[step.do(job, tools.ci.run(commit=commit, job=job)) for job in JOBS])
        red = [f"{job} ({check['url']})" for job, check in zip(JOBS, checks, strict=True) if not check["passed"]]
        if red:
            text = f"{version} is not released: {', '.join(red)} did not pass"
            await step.do("tell #releases", tools.chat.post(channel="#releases", text=text))
            raise PlanFailed(text)
        await step.do(
            "tag it",
            tools.repo.tag(commit=commit, name=f"v{version}"),
            rollback=lambda result: tools.repo.delete_tag(name=result["name"]),
        )
        approval = await step.wait_for_approval(
            "go for the upload",
            f"Upload {version}, made from {commit}?",
            call=tools.packages.upload(version=version, commit=commit),
        )
        return await step.do("upload it", approval.call)
