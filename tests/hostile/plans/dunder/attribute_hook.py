# A class that answers for every attribute pretends to be whatever the host or the library looks for.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Anything:
    def __getattr__(self, name):
        return "ESCAPED as " + name


class Plan(Workflow):
    async def run(self, event, step):
        return Anything().whatever
