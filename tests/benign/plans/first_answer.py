from agentflow import Workflow, tools


class FirstAnswer(Workflow):
    """Two ways to the same end race; the losing way tidies up after itself."""

    async def run(self, event, step):
        tidied = []

        async def slow():
            try:
                await step.sleep("think", "3 hours")
                return await step.do("slow page", tools.web.fetch(url="https://news.example/b"))
            finally:
                tidied.append("slow")

        async def quick():
            await step.sleep("blink", "1 minute")
            return await step.do("quick page", tools.web.fetch(url="https://news.example/a"))

        async def broken():
            await step.sleep("stumble", "1 day")
            raise ValueError("never so late")

        winner, page = await step.race(slow=slow(), quick=quick(), broken=broken())
        await step.sleep("let it rest", "1 day")
        return {"winner": winner, "size": len(page["text"]) > 10, "tidied": tidied}
