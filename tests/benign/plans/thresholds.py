from functools import cache, cmp_to_key, partial, reduce

from agentflow import Workflow, tools


def above(limit, row):
    return row["count"] > limit


def by_count_then_name(a, b):
    return (b["count"] - a["count"]) or (-1 if a["sku"] < b["sku"] else 1)


class Thresholds(Workflow):
    """Count what is above some limits, with functions that make functions."""

    async def run(self, event, step):
        def counter(start=0):
            count = start

            def add(by=1):
                nonlocal count
                count += by
                return count

            return add

        @cache
        def ways(n):
            return 1 if n < 2 else ways(n - 1) + ways(n - 2)

        rows = [await step.do(f"level {sku}", tools.stock.level(sku=sku)) for sku in event.payload["skus"]]
        looked, pieces = counter(), counter(100)
        for row in rows:
            looked()
            pieces(row["count"])
        filters = {limit: partial(above, limit) for limit in event.payload["limits"]}
        counts = {str(limit): sum(map(check, rows)) for limit, check in filters.items()}
        ranking = [row["sku"] for row in sorted(rows, key=cmp_to_key(by_count_then_name))]
        product = reduce(lambda a, b: a * b, (len(row["sku"]) for row in rows), 1)
        compose = lambda *functions: lambda x: reduce(lambda value, function: function(value), functions, x)
        slug = compose(str.strip, str.lower, lambda text: text.replace(" ", "-"))
        return {
            "looked": looked(0),
            "pieces": pieces(0),
            "counts": counts,
            "ranking": ranking,
            "product": product,
            "ways": ways(30),
            "slug": slug("  Big Pens "),
        }
