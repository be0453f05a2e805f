# The process ends without a word, in the middle of a turn.
# layer: process
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        os._exit(0)
