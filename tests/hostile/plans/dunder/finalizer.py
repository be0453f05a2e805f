# A method that Python calls when an object is freed, in the middle of whatever happens then.
# layer: policy
# stopped: AF002
from agentflow import Workflow

HEARD = []


class Late:
    def __del__(self):
        HEARD.append("ESCAPED after its end")


class Plan(Workflow):
    async def run(self, event, step):
        one = Late()
        del one
        return HEARD
