# A function of a module is replaced for all who use it.
# layer: guards
# stopped: TypeError
from agentflow import Workflow
import json


class Plan(Workflow):
    async def run(self, event, step):
        hidden = [json][0]
        hidden.JSONDecodeError = "ESCAPED into a module"
        return hidden.JSONDecodeError
