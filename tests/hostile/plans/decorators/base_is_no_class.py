# Where a base is no class, Python calls its type with a name, bases and the namespace of the body.
# layer: guards
# stopped: TypeError
from agentflow import Workflow

SEEN = []


class Calls:
    def __init__(self, *given):
        SEEN.append(len(given))


calls = Calls()


class Made(calls):
    pass


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(SEEN)
