# A program that belongs to root would give its rights to whoever starts it, unless that was renounced.
# layer: no-new-privileges
# assume: policy, guards, seccomp, landlock
# stopped: PermissionError
# needs: root
from agentflow import Workflow
import ctypes


class Plan(Workflow):
    async def run(self, event, step):
        if ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) == 1:
            raise PermissionError("no program gives this process more rights")
        return "ESCAPED with programs that give rights"
