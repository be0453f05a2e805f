# A port of the machine is opened, for whoever wants to come in.
# layer: landlock
# assume: policy, guards, rlimits, seccomp, namespaces
# stopped: PermissionError
from agentflow import Workflow
import socket


class Plan(Workflow):
    async def run(self, event, step):
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            door.listen()
            return "ESCAPED to port " + str(door.getsockname()[1])
