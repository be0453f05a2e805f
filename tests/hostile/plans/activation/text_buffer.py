# A buffer of text that was opened with the module still holds what was written.
# layer: activation
# part: rules
# assume: policy
# stopped: completed
# runs: 2
from agentflow import Workflow
import io

NOTES = io.StringIO()


class Plan(Workflow):
    async def run(self, event, step):
        found = NOTES.getvalue()
        NOTES.write(event.id)
        return "ESCAPED from another run: " + found if found else "first"
