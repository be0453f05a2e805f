# The process gives up by the signal of a failed assertion.
# layer: process
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        os.abort()
