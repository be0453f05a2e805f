# `except*` unpacks errors in C.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        try:
            raise ValueError("x")
        except* ValueError as errors:
            found = "ESCAPED from a group of " + str(len(errors.exceptions))
        return found
