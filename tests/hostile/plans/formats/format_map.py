# `format_map` walks attributes as `format` does, under another name.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED {x.__class__}".format_map({"x": event})
