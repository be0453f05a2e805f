# The host's environment holds its keys: a process inherits it, unless somebody sees to it.
# layer: environment
# assume: policy, guards
# stopped: KeyError
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        return os.environ["HOSTILE_SECRET"]
