# Shared memory and queues of messages have numbers that all processes of a namespace know.
# layer: namespaces
# assume: policy, guards, seccomp, dumpable, uid
# stopped: completed
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        if os.readlink("/proc/self/ns/ipc") != event.payload["messages"]:
            return "numbers of its own"
        return "ESCAPED to the messages of the host"
