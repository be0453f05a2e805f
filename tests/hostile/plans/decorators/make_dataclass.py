# `make_dataclass` builds source from texts and executes it.
# layer: policy
# assume: guards
# stopped: AF003
from agentflow import Workflow
from dataclasses import make_dataclass


class Plan(Workflow):
    async def run(self, event, step):
        made = make_dataclass("Made", ["x"], namespace={"__getattr__": lambda self, name: "ESCAPED as " + name})
        return made(1).y
