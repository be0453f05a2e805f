# A dotted name in a pattern is read as it stands, and compared with an object of the plan's.
# layer: policy
# stopped: AF002
from agentflow import Workflow

SEEN = []


class Grabs:
    def __eq__(self, other):
        SEEN.append(other)
        return True


class Plan(Workflow):
    async def run(self, event, step):
        match Grabs():
            case str.format:
                return SEEN[0]("ESCAPED {0.__class__}", event)
