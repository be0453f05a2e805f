import itertools
from itertools import accumulate, chain, groupby, islice, pairwise, takewhile, zip_longest

from agentflow import Workflow, tools


def chunks(items, size):
    items = iter(items)
    while part := list(islice(items, size)):
        yield part


def running(values):
    total = 0
    for value in values:
        total += value
        yield total
    return total


def both(values):
    end = yield from running(values)
    yield -end


class Pipeline(Workflow):
    """Pass leads through a chain of generators, and score them in packs."""

    async def run(self, event, step):
        pages, cursor = [], 0
        while cursor is not None:
            page = await step.do(f"leads from {cursor}", tools.crm.leads(cursor=cursor, size=10))
            pages.append(page["leads"])
            cursor = page["next"]
        leads = list(chain.from_iterable(pages))
        grouped = {
            opened: [lead["id"] for lead in group]
            for opened, group in groupby(
                sorted(leads, key=lambda lead: (lead["opened"], lead["id"])), key=lambda lead: lead["opened"]
            )
        }
        scored = 0
        for number, pack in enumerate(chunks((lead for lead in leads if lead["staff"] % 2), 4)):
            await step.gather(
                *[
                    step.do(f"pack {number}: {lead['id']}", tools.crm.score(lead=lead["id"], points=lead["staff"]))
                    for lead in pack
                ]
            )
            scored += len(pack)
        steps = [b - a for a, b in pairwise(accumulate(lead["staff"] for lead in leads[:5]))]
        return {
            "groups": {str(key): len(ids) for key, ids in grouped.items()},
            "scored": scored,
            "steps": steps,
            "both": list(both([1, 2, 3])),
            "padded": list(zip_longest("ab", [1, 2, 3], fillvalue="-")),
            "small": list(takewhile(lambda n: n < 10, itertools.count(3, 3))),
            "pairs": ["".join(pair) for pair in itertools.combinations("abc", 2)],
            "product": sum(a * b for a, b in itertools.product(range(3), repeat=2)),
        }
