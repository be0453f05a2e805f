"""Whole sources with something wrong: `# AF...` at the end of a line says what is found there, and nothing else."""

from __future__ import annotations

BAD: dict[str, str] = {
    "syntax error": """
        def f(:  # AF001
    """,
    "return outside of a function": """
        from agentflow import Workflow
        class Plan(Workflow):
            async def run(self, event, step):
                return 1
        return 2  # AF001
    """,
    "no class": """
        # AF101
        from agentflow import tools
    """,
    "class without its base": """
        class Plan:  # AF101
            async def run(self, event, step):
                return 1
    """,
    "class with another base": """
        from agentflow import StepFailed
        class Plan(StepFailed):  # AF101
            async def run(self, event, step):
                return 1
    """,
    "forgotten import": """
        class Plan(Workflow):  # AF104
            async def run(self, event, step):
                for step in event.payload:  # AF102
                    pass
    """,
    "several classes": """
        from agentflow import Workflow
        class First(Workflow):
            async def run(self, event, step):
                return 1
        class Second(First):  # AF101
            pass
    """,
    "arguments to make it": """
        from agentflow import Workflow
        class Plan(Workflow):
            def __init__(self, order):  # AF101
                self.order = order
            async def run(self, event, step):
                return 1
    """,
    "no run": """
        from agentflow import Workflow
        class Plan(Workflow):  # AF102
            pass
    """,
    "run without async": """
        from agentflow import Workflow
        class Plan(Workflow):
            def run(self, event, step):  # AF102
                return 1
    """,
    "other parameters": """
        from agentflow import Workflow
        class Plan(Workflow):
            async def run(self, event, step, extra=None):  # AF102
                return 1
    """,
    "run twice": """
        from agentflow import Workflow
        def other(self, event, step):
            return 1
        class Plan(Workflow):
            async def run(self, event, step):
                return 1
            async def run(self, event, step):  # AF102
                return 2
        Plan.run = other  # AF102
    """,
    "run is an attribute": """
        from agentflow import Workflow
        class Plan(Workflow):
            async def run(self, event, step):
                self.run = 1  # AF102
            run = None  # AF102
    """,
    "run with a decorator": """
        import functools
        from agentflow import Workflow
        class Plan(Workflow):
            @functools.cache  # AF102
            async def run(self, event, step):
                return 1
    """,
    "run yields": """
        from agentflow import Workflow
        class Plan(Workflow):
            async def run(self, event, step):  # AF102
                yield 1  # AF002
    """,
    "effects when loaded": """
        import json
        from agentflow import Workflow, tools
        for number in range(3):  # AF103
            pass
        json.dumps({})  # AF103
        CALL = tools.orders.get(id="1")  # AF103
        TABLE = {"get": tools.orders.get}
        class Plan(Workflow):
            async def run(self, event, step):
                return await step.do("a", TABLE["get"](id="1"))
    """,
    "step is not handed over": """
        from agentflow import Workflow, tools
        async def load():
            return await step.do("a", tools.orders.get(id=event.payload))  # AF104 AF104
        class Plan(Workflow):
            async def run(self, event, step):
                return await load()
    """,
    "step under another name": """
        from agentflow import Workflow, tools
        async def load(handle):
            handle.sleep("a", 1)  # AF302
        class Helper:
            def __init__(self, handle):
                self.handle = handle
            async def pause(self):
                self.handle.sleep("a", 1)  # AF302
        class Plan(Workflow):
            async def run(self, event, step):
                helper = Helper(step)
                await load(step)
                helper.pause()  # AF302
                await self.more(handle=step)
            async def more(self, handle):
                await handle.slep("a", 1)  # AF602
    """,
    "a method as the body": """
        from agentflow import Workflow, tools
        class Plan(Workflow):
            async def run(self, event, step):
                self.step = step
                self.seen = []
                await step.do("a", self.load)
            async def load(self):
                self.seen.append(1)  # AF401
                await self.step.sleep("b", 1)  # AF402
                self.note()
            def note(self):
                self.seen = []  # AF401
    """,
}
