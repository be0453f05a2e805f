# A weak reference tells when memory was freed.
# layer: policy
# assume: guards
# stopped: AF003
from agentflow import Workflow
import weakref


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str(weakref.ref(Workflow)() is Workflow)
