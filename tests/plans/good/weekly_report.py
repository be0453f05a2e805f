import asyncio
import json
from collections import defaultdict
from statistics import mean

from agentflow import Workflow, tools

QUERIES = {"errors": "rate(errors)", "latency": "p99(latency)", "traffic": "sum(requests)"}


class WeeklyReport(Workflow):
    async def run(self, event, step):
        week = event.timestamp.strftime("%G-W%V")
        answers = await asyncio.gather(
            *[
                step.do(f"query {name}", tools.metrics.query(query=query, minutes=7 * 24 * 60))
                for name, query in QUERIES.items()
            ]
        )
        numbers = dict(zip(QUERIES, answers, strict=True))

        @step.do("summarise")
        async def summarise():
            totals = defaultdict(float)
            for name, answer in numbers.items():
                totals[name] += mean(answer["values"]) if answer["values"] else 0.0
            text = await tools.llm.generate(
                prompt=f"Summarise these figures in three sentences: {json.dumps(totals)}",
                schema={"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
            )
            return {"totals": dict(totals), "text": text["text"]}

        summary = await summarise()
        path = f"reports/{week}.md"
        await step.do("write", tools.files.write(path=path, text=self.page(week, summary)))
        everyone = event.payload["readers"]
        mails = [
            step.do(f"mail {reader}", tools.mail.send(to=reader, subject=f"Report {week}", body=summary["text"]))
            for reader in everyone
        ]
        results = await step.gather(*mails, return_exceptions=True)
        failed = [reader for reader, result in zip(everyone, results, strict=True) if isinstance(result, Exception)]
        return {"path": path, "not_reached": failed}

    @staticmethod
    def page(week, summary):
        rows = "\n".join(f"| {name} | {value:.2f} |" for name, value in sorted(summary["totals"].items()))
        return f"# {week}\n\n{summary['text']}\n\n{rows}\n"
