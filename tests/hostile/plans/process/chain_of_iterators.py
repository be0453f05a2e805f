# Asking a long chain of iterators for its first overflows the stack of the interpreter: plain Python, and a crash.
# layer: process
# stopped: deaths
from agentflow import Workflow


def chained():
    it = iter(())
    for _ in range(400_000):
        it = filter(None, it)
    return it


class Plan(Workflow):
    async def run(self, event, step):
        return next(chained(), "survived")
