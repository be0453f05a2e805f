# A set of objects has the order of their addresses.
# layer: guards
# stopped: completed
from agentflow import Workflow


class Thing:
    pass


class Plan(Workflow):
    async def run(self, event, step):
        things = [Thing() for _ in range(64)]
        order = [things.index(thing) for thing in set(things)]
        return "no address" if order == sorted(order) else "ESCAPED in an order of addresses"
