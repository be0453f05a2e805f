import re
import textwrap
from dataclasses import asdict, dataclass, field

from agentflow import StepFailed, Workflow, tools


@dataclass
class Page:
    url: str
    title: str
    percentages: list[float] = field(default_factory=list)


def plain(html: str) -> str:
    body = re.sub(r"(?is)<(head|script|style|title)\b.*?</\1>", " ", html)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def paragraph(page: Page, html: str) -> str:
    return textwrap.fill(f"{page.title}: {plain(html)}", width=60)


class PressReview(Workflow):
    """Fetch pages and mail a digest of them."""

    async def run(self, event, step):
        urls = event.payload["urls"]

        async def fetch(url):
            try:
                answer = await step.do(
                    f"fetch {url}",
                    tools.web.fetch(url=url),
                    retries={"limit": 4, "delay": "5 seconds", "backoff": "constant"},
                )
            except StepFailed:
                return None
            return answer["text"] if answer["status"] == 200 else None

        texts = dict(zip(urls, await step.map(fetch, urls)))

        pages: list[Page] = []
        for url in urls:
            if (html := texts[url]) is None:
                continue
            found = re.search(r"<title[^>]*>(.*?)</title>", html, re.IGNORECASE | re.DOTALL)
            title = found.group(1).strip() if found else url
            numbers = re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?=\s*%)", plain(html))
            pages.append(Page(url, title, [float(number) for number in numbers]))

        digest = "\n\n".join(paragraph(page, texts[page.url]) for page in pages)
        await step.do(
            "mail the digest",
            tools.mail.send(to=event.payload["to"], subject="Press review", body=digest or "Nothing today."),
        )
        return {
            "pages": [asdict(page) for page in pages],
            "missing": [url for url in urls if texts[url] is None],
        }
