# A frame that is small as text, and takes a hundred megabytes once it is read.
# layer: host
# part: values, sizes
# assume: policy, guards
# stopped: turn_bytes
from agentflow import Workflow
import os
import struct


class Plan(Workflow):
    async def run(self, event, step):
        body = b'{"turns":[[]],"end":{"result":["ESCAPED"' + b",[]" * 310_000 + b"]}}"
        frame = struct.pack(">I", len(body)) + body
        while frame:
            frame = frame[os.write(3, frame) :]
        return "done"
