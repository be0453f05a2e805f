# The rest of a mapping pattern binds a dict.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        match {"a": 1, "b": "ESCAPED by the rest"}:
            case {"a": 1, **_types_}:
                return _types_
