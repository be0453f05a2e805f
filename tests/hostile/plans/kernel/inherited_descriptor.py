# A descriptor that the fork server has, and a guest would inherit.
# layer: descriptors
# assume: policy, guards, seccomp
# stopped: OSError
from agentflow import Workflow
import os
import socket


class Plan(Workflow):
    async def run(self, event, step):
        found = []
        for number in range(64):
            try:
                if number != 3 and os.fstat(number):
                    found.append(number)
            except OSError:
                pass
        if not found:
            raise OSError("no other descriptor")
        return "ESCAPED to " + str(found)
