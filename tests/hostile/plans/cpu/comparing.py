# A sort whose comparisons are functions of the plan.
# layer: watchdog
# stopped: turn_seconds
# seconds: 0.25
from agentflow import Workflow


class Thing:
    def __init__(self, number):
        self.number = number

    def __lt__(self, other):
        return (self.number * 7919) % 10007 < (other.number * 7919) % 10007


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED after " + str(len(sorted(Thing(number) for number in range(200_000))))
