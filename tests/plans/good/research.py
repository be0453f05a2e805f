from urllib.parse import quote, urlparse

from agentflow import StepFailed, Workflow, tools

SOURCES = ["https://example.org/search?q={}", "https://example.com/find/{}"]


class Research(Workflow):
    """Read several sources side by side, and write down what they agree on."""

    async def run(self, event, step):
        self.step = step
        topic = event.payload["topic"]
        pages = await self.step.gather(*(self.read(url.format(quote(topic))) for url in SOURCES))
        found = [page for page in pages if page]
        if not found:
            return {"answer": None}
        draft = await self.generate("draft", f"Write about {topic} from: {found}")
        for round_number in range(3):
            review = await self.generate(f"review {round_number}", f"Say OK, or what is wrong: {draft}")
            if review.strip() == "OK":
                break
            draft = await self.generate(f"repair {round_number}", f"Repair {draft}: {review}")
        return {"answer": draft, "hosts": sorted({urlparse(url).netloc for url in SOURCES})}

    async def read(self, url):
        try:
            return await self.step.do(f"fetch {urlparse(url).netloc}", tools.web.fetch(url=url), retries={"limit": 1})
        except StepFailed:
            return None

    async def generate(self, name, prompt):
        return await self.step.do(name, tools.llm.generate(prompt=prompt))
