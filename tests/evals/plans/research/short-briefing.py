from agentflow import PlanFailed, StepFailed, Workflow, tools


class Briefing(Workflow):
    """Summarise what the web says about a topic."""

    async def run(self, event, step):
        topic = event.payload["topic"]
        hits = await step.do("search", tools.web.search(query=topic))
        pages = await step.map(
            lambda hit: step.do(f"read {hit['url']}", tools.web.read(url=hit["url"]), retries={"limit": 2}),
            hits[:5],
            return_exceptions=True,
        )
        texts = [page["text"] for page in pages if not isinstance(page, StepFailed)]
        if not texts:
            raise PlanFailed(f"no page about {topic} could be read")
        question = f"What should one know about {topic}?"
        summary = await step.do("summarise", tools.texts.summarize(texts=texts, question=question))
        report = await step.do("save the report", tools.reports.save(title=topic, body=summary["text"]))
        return {"report": report["id"], "sources": len(texts)}
