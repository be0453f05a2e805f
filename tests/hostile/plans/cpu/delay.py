# The function that says when to try again takes for ever.
# layer: watchdog
# stopped: failed
# seconds: 0.25
from agentflow import StepFailed, Workflow, tools


def delay(attempt, error):
    for _ in range(40_000_000):
        pass
    return 0


class Plan(Workflow):
    async def run(self, event, step):
        hidden = [tools][0]
        try:
            await step.do("note", hidden.shop.fail(), retries={"limit": 1, "delay": delay})
        except StepFailed as error:
            if error.type == "GuestLimit" or error.attempts != 2:
                raise
            return "ESCAPED after a long time"
