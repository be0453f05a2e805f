# A server of this machine answers to everybody who connects.
# layer: namespaces
# assume: policy, guards, rlimits, seccomp, landlock
# stopped: OSError
from agentflow import Workflow
import socket


class Plan(Workflow):
    async def run(self, event, step):
        with socket.create_connection(("127.0.0.1", event.payload["port"])) as wire:
            return wire.recv(100).decode()
