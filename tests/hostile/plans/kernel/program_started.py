# The process becomes another program, in which nothing of this house holds.
# layer: landlock
# assume: policy, guards, seccomp, rlimits, uid, capabilities
# stopped: PermissionError
from agentflow import Workflow
import os
import struct


class Plan(Workflow):
    async def run(self, event, step):
        said = '{"turns":[[]],"end":{"result":"ESCAPED into another program"}}'
        length = "".join(f"\\{byte:03o}" for byte in struct.pack(">I", len(said)))
        os.execv("/bin/sh", ["sh", "-c", f"printf '{length}{said}' >&3; sleep 1"])
