# An abstract class is told that strings are mappings, for all runs and for the guest itself.
# layer: guards
# stopped: AttributeError
from agentflow import Workflow
from collections.abc import Mapping


class Plan(Workflow):
    async def run(self, event, step):
        Mapping.register(Workflow)
        return "ESCAPED as a mapping" if issubclass(Workflow, Mapping) else "no"
