from agentflow import WaitTimeout, Workflow, tools


class StaleIssues(Workflow):
    """Close idle issues that nobody cares about."""

    async def run(self, event, step):
        idle = await step.do("find idle issues", tools.issues.idle(days=event.payload["days"]))
        numbers = [issue["number"] for issue in idle if "keep" not in issue["labels"]]

        async def close(number):
            text = "Nothing has happened here for long. This will be closed in two weeks, unless somebody writes."
            await step.do(f"warn on {number}", tools.repo.comment(number=number, text=text))
            try:
                await step.wait_for_event(
                    f"a word on {number}", "issue.commented", where={"number": number}, timeout="14 days"
                )
            except WaitTimeout:
                await step.do(f"close {number}", tools.issues.close(number=number))
                return True
            return False

        closed = await step.map(close, numbers)
        return {"closed": sorted(number for number, done in zip(numbers, closed, strict=True) if done)}
