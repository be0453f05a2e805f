from urllib.parse import urlsplit

from agentflow import Workflow, tools


class SafeSearch(Workflow):
    """Read hits of some sites only."""

    async def run(self, event, step):
        query, sites = event.payload["query"], event.payload["sites"]
        hits = await step.do("search", tools.web.search(query=query))
        good = [hit["url"] for hit in hits if fits(hit["url"], sites)][:3]
        if not good:
            return {"pages": 0}
        pages = await step.map(lambda url: step.do(f"read {url}", tools.web.read(url=url)), good)
        body = "\n\n".join(f"{url}\n{page['text']}" for url, page in zip(good, pages, strict=True))
        await step.do("save the report", tools.reports.save(title=query, body=body))
        return {"pages": len(good)}


def fits(url, sites):
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" and any(host == site or host.endswith(f".{site}") for site in sites)
