import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from agentflow import StepFailed, StepTimeout, Workflow, tools

PATTERN = re.compile(r"^(?P<order>\d+);(?P<amount>[\d.]+)$")


@dataclass(frozen=True)
class Line:
    order: str
    amount: float

    def matches(self, order: dict) -> bool:
        return abs(order["total"] - self.amount) < 0.005


def parse(text):
    for row in text.splitlines():
        if found := PATTERN.match(row.strip()):
            yield Line(found["order"], float(found["amount"]))


def table(rows):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["order", "state"])
    for row in rows:
        writer.writerow(row)
    return out.getvalue()


class Reconcile(Workflow):
    async def run(self, event, step):
        text = await step.do("read", tools.files.read(path=event.payload["path"]))
        counts = Counter()
        rows = []

        def note(order, state):
            nonlocal rows
            counts[state] += 1
            rows = [*rows, (order, state)]

        for line in parse(text):
            try:
                order = await step.do("order", tools.orders.get(id=line.order), timeout=20, deadline=timedelta_of(2))
            except (StepFailed, StepTimeout):
                note(line.order, "unknown")
                continue
            note(line.order, "ok" if line.matches(order) else "differs")

        @step.do("render", retries={"limit": 0})
        def render():
            lines = sorted(rows)
            lines.insert(0, ("total", str(sum(counts.values()))))
            return table(lines)

        report = await render()
        await step.do("write", tools.files.write(path="reconciled.csv", text=report))
        return dict(counts)


def timedelta_of(hours):
    return hours * 60 * 60
