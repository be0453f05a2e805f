# The schema of an answer holds a pattern, which the host would try on what a person types.
# layer: host
# part: questions
# assume: policy, guards
# stopped: ToolRefused
from agentflow import Workflow
from agentflow.guest.running import Request, running


class Forged:
    def __await__(self):
        schema = '"schema":{"type":"string","pattern":"(a+)+$"}'
        fields = '"question":"ESCAPED into the host?",' + schema + ',"default":null,"details":null,"approvers":null,"timeout":60'
        return running().issue(Request("ask", "pattern", 1, fields, lambda key, value: value)).wait()


class Plan(Workflow):
    async def run(self, event, step):
        return await Forged()
