# A decorator may be any expression, and is called while the module is read.
# layer: policy
# stopped: AF002
from agentflow import Workflow


def shout(function):
    return lambda: "ESCAPED by " + function()


@(lambda function: shout(function))
def quiet():
    return "decorator"


class Plan(Workflow):
    async def run(self, event, step):
        return quiet()
