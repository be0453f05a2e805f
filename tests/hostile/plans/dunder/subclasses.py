# From an empty tuple to `object`, and down again to a class of the library whose module holds the system's calls.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        for found in ().__class__.__base__.__subclasses__():
            if found.__name__ == "_wrap_close":
                return "ESCAPED " + str(found.__init__.__globals__["getpid"]())
