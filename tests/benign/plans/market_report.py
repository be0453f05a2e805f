from agentflow import StepFailed, Workflow, tools


class MarketReport(Workflow):
    """Have another agent read each site, and bring the readings together."""

    async def run(self, event, step):
        async def reading(url):
            try:
                return await step.delegate(f"read {url}", "reader", payload={"url": url}, timeout="1 day")
            except StepFailed as failed:
                return {"url": url, "words": 0, "why": failed.message}

        readings = await step.gather(*(reading(url) for url in event.payload["urls"]))
        words = {row["url"]: row["words"] for row in readings}
        await step.do(
            "mail it",
            tools.mail.send(
                to=event.payload["to"], subject="Readings", body="\n".join(f"{k}: {v}" for k, v in words.items())
            ),
        )
        return {"words": words, "failed": [row["url"] for row in readings if "why" in row]}
