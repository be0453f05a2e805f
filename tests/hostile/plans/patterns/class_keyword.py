# A class pattern reads the attributes that it names, past every check of attributes.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        match event:
            case object(__class__=found):
                return "ESCAPED " + str(found)
