# A frame that announces more than any answer may have.
# layer: host
# part: frames, sizes
# assume: policy, guards
# stopped: turn_bytes
from agentflow import Workflow
import json
import os
import struct


class Plan(Workflow):
    async def run(self, event, step):
        body = json.dumps({"turns": [[]], "end": {"result": ["ESCAPED", "x" * 5_000_000]}}).encode()
        frame = struct.pack(">I", len(body)) + body
        while frame:
            frame = frame[os.write(3, frame) :]
        return "done"
