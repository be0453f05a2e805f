# A metaclass decides what its classes are.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow


class Meta(type):
    def __call__(cls):
        return "ESCAPED by a metaclass"


class Made(metaclass=Meta):
    pass


class Plan(Workflow):
    async def run(self, event, step):
        return Made()
