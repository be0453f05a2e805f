# A read from the address zero.
# layer: process
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import ctypes


class Plan(Workflow):
    async def run(self, event, step):
        return ctypes.string_at(0)
