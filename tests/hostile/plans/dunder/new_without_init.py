# An instance of a class of the library without its constructor, which would have refused.
# layer: policy
# stopped: AF002
from agentflow import ToolCall, Workflow


class Plan(Workflow):
    async def run(self, event, step):
        forged = object.__new__(ToolCall)
        return "ESCAPED " + type(forged).__name__ if False else "ESCAPED " + str(isinstance(forged, ToolCall))
