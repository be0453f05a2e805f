# A class says which attributes its patterns read.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Opens:
    __match_args__ = ("__class__", "__module__")


class Plan(Workflow):
    async def run(self, event, step):
        match Opens():
            case Opens(found, module):
                return "ESCAPED " + str(found)
