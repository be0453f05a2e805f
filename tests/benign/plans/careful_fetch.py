from agentflow import NonRetryableError, StepFailed, Workflow, tools


class CarefulFetch(Workflow):
    """Fetch pages in functions of its own, which know how often they have tried."""

    async def run(self, event, step):
        pages = {}
        for url in event.payload["urls"]:

            async def fetch(ctx):
                page = await tools.web.fetch(url=url)
                if page["status"] == 404:
                    raise NonRetryableError(f"{ctx.name}: there is no {url}")
                if page["status"] >= 400:
                    raise RuntimeError(page["status"])
                return {"text": page["text"], "attempt": ctx.attempt, "occurrence": ctx.occurrence}

            try:
                page = await step.do("fetch", fetch, retries={"limit": 4, "delay": "5 seconds", "backoff": "linear"})
            except StepFailed as failed:
                pages[url] = {"failed": failed.type, "message": failed.message, "attempts": failed.attempts}
            else:
                pages[url] = {"size": len(page["text"]), "attempt": page["attempt"], "occurrence": page["occurrence"]}

        @step.do("count words", timeout="1 minute")
        def words():
            return sum(page.get("size", 0) for page in pages.values()) // 5

        return {"pages": pages, "words": await words()}
