# `super`, in whose name underscores are allowed, is bound to something else.
# layer: policy
# part: names
# stopped: AF002
from agentflow import Workflow


def super():
    return step_of


class Holds:
    text = "ESCAPED by another super"


step_of = Holds()


class Plan(Workflow):
    async def run(self, event, step):
        return super().text
