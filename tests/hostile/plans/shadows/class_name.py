# A class takes the hook's name: calling it makes an instance, of the plan's own kind.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow


class Other:
    __match_args__ = ("text",)
    text = "ESCAPED as a dict"


class _types_:
    dict = Other


class Plan(Workflow):
    async def run(self, event, step):
        match Other():
            case dict(found):
                return found
