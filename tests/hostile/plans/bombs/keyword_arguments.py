# A call with thirty thousand arguments: the compiler compares each name with all the others.
# layer: policy
# stopped: AF001
# times: 30000
from agentflow import Workflow

FOUND = dict(@@a{n}=1, @@)


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED"
