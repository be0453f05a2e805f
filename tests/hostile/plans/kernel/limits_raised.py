# The process asks for more than it was given.
# layer: seccomp
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import resource


class Plan(Workflow):
    async def run(self, event, step):
        resource.setrlimit(resource.RLIMIT_CPU, resource.getrlimit(resource.RLIMIT_CPU))
        return "ESCAPED to its own limits"
