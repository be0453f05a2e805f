# A socket is made, as the first thing that whoever wants out needs.
# layer: seccomp
# assume: policy, guards, rlimits
# stopped: deaths
from agentflow import Workflow
import socket


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(socket.socket().fileno())
