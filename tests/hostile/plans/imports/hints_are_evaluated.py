# A function of the library evaluates the text of annotations.
# layer: policy
# assume: guards
# stopped: AF003
from agentflow import Workflow
from typing import get_type_hints


class Row:
    field: "__import__('os').name"


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str(len(str(get_type_hints.__globals__["sys"].version)))
