# A plan starts more steps in one turn than a turn may have.
# layer: guards
# part: counts
# assume: host
# stopped: turn_commands
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        end = event.timestamp.timestamp() + 3600
        await step.race(first=step.sleep("first", 0), **{f"n{n}": step.sleep_until("many", end) for n in range(1001)})
        return "ESCAPED with so many steps"
