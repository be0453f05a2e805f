# The protocol of pickling hands out functions of the library.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + event.payload.__reduce_ex__(2)[0].__globals__["__name__"]
