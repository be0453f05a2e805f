# A buffer is written to without an end.
# layer: rlimits
# stopped: guest_memory_mb
# memory: 128
from agentflow import Workflow
import io


class Plan(Workflow):
    async def run(self, event, step):
        buffer = io.StringIO()
        for _ in range(60):
            buffer.write("x" * 1_000_000)
        return "ESCAPED with " + str(len(buffer.getvalue()))
