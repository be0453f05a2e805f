# A function that imports what a text names.
# layer: policy
# assume: guards
# stopped: AF003
from agentflow import Workflow
import importlib


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + importlib.import_module("os").name
