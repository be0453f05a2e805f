from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple
from itertools import starmap

from agentflow import Workflow, tools

Entry = namedtuple("Entry", ["day", "account", "amount"], defaults=[0])


class Ledgers(Workflow):
    """Read two months of the ledger and look at them in several ways."""

    async def run(self, event, step):
        months = event.payload["months"]
        read = await step.map(lambda month: step.do(f"read {month}", tools.ledger.entries(month=month)), months)
        entries = [Entry(row["day"], row["account"], row["amount"]) for rows in read for row in rows]
        by_account = defaultdict(list)
        for entry in entries:
            by_account[entry.account].append(entry.amount)
        latest = OrderedDict((entry.account, entry.day) for entry in entries)
        latest.move_to_end("rent")
        window, sums = deque(maxlen=3), []
        for entry in sorted(entries):
            window.append(entry.amount)
            sums.append(sum(window))
        count = Counter(entry.account for entry in entries)
        count.update({"rent": 5})
        count -= Counter(sales=1)
        names = ChainMap({"rent": "Miete"}, {"rent": "Rent", "sales": "Sales", "travel": "Travel"})
        totals = {names[account]: sum(amounts) for account, amounts in by_account.items()}
        await step.do(
            "file", tools.files.write(path="ledger.txt", data="\n".join(starmap("{}: {:>10}".format, totals.items())))
        )
        return {
            "totals": totals,
            "last": list(latest)[-1],
            "highest": max(sums),
            "count": dict(count.most_common()),
            "total": count.total(),
        }
