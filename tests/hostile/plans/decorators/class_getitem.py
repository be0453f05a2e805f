# Square brackets after a class call a method of it.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Box:
    def __class_getitem__(cls, key):
        return "ESCAPED with " + key


class Plan(Workflow):
    async def run(self, event, step):
        return Box["a key"]
