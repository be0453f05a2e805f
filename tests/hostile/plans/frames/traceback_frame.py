# An error holds the frames that it came through, those of the guest's own code among them.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        try:
            step.sleep("x", "no duration")
        except Exception as error:
            frame = error.__traceback__.tb_next.tb_frame
            return "ESCAPED " + frame.f_globals["__name__"]
