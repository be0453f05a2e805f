# An AttributeError carries the object that lacked the attribute, whatever it was.
# layer: guards
# stopped: AttributeError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        hidden = [event][0]
        try:
            hidden.nothing
        except AttributeError as error:
            return "ESCAPED with " + str(error.obj)
