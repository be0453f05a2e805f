# A class from the function `type`, whose body no policy has seen.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        made = type("Made", (), {"__getattr__": lambda self, name: "ESCAPED as " + name})
        return made().anything
