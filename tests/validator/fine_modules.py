"""Whole sources that look unusual and are fine: no rule may say anything about them."""

from __future__ import annotations

FINE: dict[str, str] = {
    "the module under another name": """
        import agentflow as af
        class Plan(af.Workflow):
            def __init__(self):
                self.count = 0
            async def run(self, event, step):
                return await step.do("a", af.tools.orders.get(id="1"))
    """,
    "run from a mixin": """
        from agentflow import Workflow, tools
        class Steps:
            async def run(self, event, step):
                return await step.do("a", tools.orders.get(id="1"))
        class Plan(Steps, Workflow):
            pass
    """,
    "a method that two bases inherit": """
        from agentflow import Workflow, tools
        class Root:
            pass
        class Left(Root):
            pass
        class Right(Root):
            pass
        class Plan(Left, Right, Workflow):
            async def run(self, event, step):
                return await self.more(step)
    """,
    "constants with types": """
        from __future__ import annotations
        from typing import ClassVar
        from agentflow import Workflow, tools
        LIMIT: int = 5
        class Plan(Workflow):
            ROUTES: ClassVar[dict[str, str]] = {"get": "orders.get"}
            async def run(self, event: Event, step: Step) -> Result:
                return await step.do("a", tools[self.ROUTES[event.id]](id="1"))
    """,
    "gather by itself": """
        from agentflow import Workflow, gather, tools
        class Plan(Workflow):
            async def run(self, event, step):
                both = gather(step.sleep("a", 1), step.sleep("b", 1))
                async def load():
                    return await gather(tools.orders.get(id="1"), tools.orders.get(id="2"))
                return await both, await step.do("c", load)
    """,
    "functions that call each other": """
        from agentflow import Workflow, tools
        def even(number):
            return number == 0 or odd(number - 1)
        def odd(number):
            return number != 0 and even(number - 1)
        async def walk(step, depth):
            if depth:
                await walk(step, depth - 1)
            await step.sleep(f"level {depth}", 1)
        class Plan(Workflow):
            async def run(self, event, step):
                await walk(step, 3)
                return even(4)
    """,
}
