# A descriptor runs code of the plan's whenever somebody reads an attribute.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Hook:
    def __get__(self, instance, owner):
        return "ESCAPED by a descriptor"


class Has:
    hook = Hook()


class Plan(Workflow):
    async def run(self, event, step):
        return Has().hook
