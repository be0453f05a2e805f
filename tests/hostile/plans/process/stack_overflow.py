# A recursion through C, after the interpreter was told to allow any depth.
# layer: process
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import sys


class Deep:
    def __repr__(self):
        return repr([self])


class Plan(Workflow):
    async def run(self, event, step):
        sys.setrecursionlimit(10**9)
        return repr(Deep())
