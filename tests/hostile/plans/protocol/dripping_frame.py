# A frame that comes byte by byte, and keeps the host waiting for the rest.
# layer: watchdog
# assume: policy, guards, seccomp
# stopped: turn_seconds
# seconds: 0.4
from agentflow import Workflow
import json
import os
import struct
import time


class Plan(Workflow):
    async def run(self, event, step):
        body = json.dumps({"turns": [[]], "end": {"result": "ESCAPED the clock"}}).encode()
        for sign in struct.pack(">I", len(body)) + body:
            os.write(3, bytes([sign]))
            time.sleep(0.02)
        return "done"
