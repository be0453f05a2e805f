# An end that is a result and an error at once.
# layer: host
# part: shapes
# assume: policy, guards
# stopped: GuestError
from agentflow import Workflow
import json
import os
import struct


class Plan(Workflow):
    async def run(self, event, step):
        body = json.dumps({"turns": [[]], "end": {"result": "ESCAPED with both", "error": None}}).encode()
        os.write(3, struct.pack(">I", len(body)) + body)
        return "done"
