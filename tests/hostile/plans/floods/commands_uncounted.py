# A guest that counts no steps any more starts fifteen hundred in one turn.
# layer: host
# part: counts
# assume: guards
# stopped: turn_commands
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        many = {f"n{number}": step.sleep("many", 60) for number in range(1500)}
        await step.race(first=step.sleep("first", 0), **many)
        return "ESCAPED with so many steps"
