# Standard output of the host is the terminal of a person, or a log.
# layer: descriptors
# assume: policy, guards, seccomp, rlimits, landlock
# stopped: OSError
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        os.write(1, b"ESCAPED to the terminal")
        return "ESCAPED to the terminal"
