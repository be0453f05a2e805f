# An object is given another class after it was made.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Poor:
    pass


class Rich:
    text = "ESCAPED into another class"


class Plan(Workflow):
    async def run(self, event, step):
        one = Poor()
        one.__class__ = Rich
        return one.text
