# `isinstance` believes what an object says of its class.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Liar:
    __class__ = dict


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED" if isinstance(Liar(), dict) else "no"
