from agentflow import StepFailed, Workflow, tools


class Release(Workflow):
    """Asks before it tags, and deletes the tag by hand."""

    async def run(self, event, step):
        version, commit = event.payload["version"], event.payload["commit"]

        async def check(job):
            return job, await step.do(f"run {job}", tools.ci.run(commit=commit, job=job))

        red = [job for job, found in await step.map(check, ["lint", "test", "build"]) if not found["passed"]]
        if red:
            await step.do("post", tools.chat.post(channel="#releases", text=f"Red: {red}"))
            return {"released": False}
        upload = tools.packages.upload(version=version, commit=commit)
        agreed = await step.wait_for_approval("go", f"Release {version}?", call=upload)
        tag = await step.do("tag", tools.repo.tag(commit=commit, name="v" + version))
        try:
            await step.do("upload", agreed.call, retries={"limit": 3, "delay": "1 minute"})
        except StepFailed:
            await step.do("delete the tag", tools.repo.delete_tag(name=tag["name"]))
            raise
        return {"released": True}
