from agentflow import Workflow, tools


class Flaky(Workflow):
    """Find out whether tests are flaky or broken."""

    async def run(self, event, step):
        number = event.payload["number"]
        request = await step.do("load the pull request", tools.repo.pull_request(number=number))
        for attempt in (1, 2, 3):
            check = await step.do(f"test it, run {attempt}", tools.ci.run(commit=request["commit"], job="test"))
            if check["passed"]:
                if attempt > 1:
                    await step.do("label it", tools.repo.label(number=number, name="flaky"))
                return {"runs": attempt, "green": True}
        await step.do("label it", tools.repo.label(number=number, name="broken"))
        text = f"The tests failed three times: {check['url']}"
        await step.do("say so", tools.repo.comment(number=number, text=text))
        return {"runs": 3, "green": False}
