# A base class may be any expression.
# layer: policy
# stopped: AF002
from agentflow import Workflow


def base():
    class Base:
        text = "ESCAPED by a base"

    return Base


class Made(base()):
    pass


class Plan(Workflow):
    async def run(self, event, step):
        return Made().text
