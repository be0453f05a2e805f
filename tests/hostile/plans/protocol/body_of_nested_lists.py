# Lists in lists, two thousand deep, where one is expected.
# layer: host
# part: depth, flatness
# assume: policy, guards
# stopped: GuestError
from agentflow import Workflow
import os
import struct


class Plan(Workflow):
    async def run(self, event, step):
        body = b'{"turns":[[]],"end":{"result":' + b"[" * 150 + b'"ESCAPED"' + b"]" * 150 + b"}}"
        os.write(3, struct.pack(">I", len(body)) + body)
        return "done"
