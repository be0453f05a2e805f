# A socket of the host that is no file, but only a name.
# layer: namespaces
# assume: policy, guards, rlimits, seccomp, landlock
# stopped: ConnectionRefusedError
from agentflow import Workflow
import socket


class Plan(Workflow):
    async def run(self, event, step):
        with socket.socket(socket.AF_UNIX) as wire:
            wire.connect("\0" + event.payload["socket"])
            return wire.recv(100).decode()
