from agentflow import ApprovalExpired, ApprovalRejected, Workflow, tools


class PatchUpdates(Workflow):
    """Bring patch releases in, once they are green and agreed to."""

    async def run(self, event, step):
        outdated = await step.do("find what is outdated", tools.packages.outdated())

        async def update(one):
            name, version = one["name"], one["latest"]
            branch = await step.do(f"bump {name}", tools.packages.bump(name=name, version=version))
            open_it = tools.repo.open_pull_request(title=f"{name} {version}", branch=branch["branch"])
            request = await step.do(f"open a pull request for {name}", open_it)
            check = await step.do(f"test {name}", tools.ci.run(commit=request["commit"], job="test"))
            if check["passed"]:
                return request["number"]
            red = tools.repo.comment(number=request["number"], text=f"The tests are red: {check['url']}")
            await step.do(f"say that {name} is red", red)
            return None

        patches = [one for one in outdated if minor(one["current"]) == minor(one["latest"])]
        green = [number for number in await step.map(update, patches) if number is not None]
        if not green:
            return {"merged": []}
        try:
            question = f"Merge {len(green)} green patch updates?"
            calls = [tools.repo.merge(number=number) for number in green]
            approval = await step.wait_for_approval("agree to the merges", question, call=calls)
        except (ApprovalRejected, ApprovalExpired):
            return {"merged": []}
        for call in approval.calls:
            await step.do(f"merge {call.args['number']}", call)
        return {"merged": green}


def minor(version):
    return version.split(".")[:2]
