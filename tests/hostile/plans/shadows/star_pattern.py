# The star of a sequence pattern binds a list, and so takes the hook away from what it protects.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        match ["ESCAPED", "by", "a", "star"]:
            case [first, *_types_]:
                return [first, _types_]
