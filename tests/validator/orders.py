"""Bodies of `run` with sets, objects and state in them: `# AF...` says what is found on a line, and nothing else."""

from __future__ import annotations

BAD: dict[str, str] = {
    "a step for each of a set": """
        owners = {row["owner"] for row in event.payload["rows"]}
        for owner in owners:  # AF802
            await step.do(owner, tools.orders.get(id=owner))
    """,
    "a list, a text, a place": """
        tags = set(event.payload["tags"])
        first = list(tags)[0]  # AF802
        text = ", ".join(tags)  # AF802
        told = f"{tags}"  # AF802
        one = next(iter(tags - {first}))  # AF802
        rows = [*tags]  # AF802
        pairs = [tag for tag in tags]  # AF802
        steps = [step.sleep(tag, 1) for tag in tags | {"a"}]  # AF802
        await step.gather(*steps)
        await step.map(lambda tag: step.sleep(tag, 1), tags)  # AF802
        return text, told, one, rows, pairs, tags.pop()  # AF802
    """,
    "a loop that appends": """
        found = []
        for tag in frozenset(event.payload["tags"]):  # AF802
            found.append(tag)
        return found
    """,
    "a set that grows": """
        seen = {"a"}
        seen.add(event.payload["b"])
        for name in seen:  # AF802
            await step.sleep(name, 1)
        more = {"a"}
        more |= set(event.payload["c"])
        return list(more)  # AF802
    """,
    "operations": """
        a = set(event.payload["a"])
        b = {"x"}
        c = a.union(b) if event.id else b & a
        for name in c:  # AF802
            await step.sleep(name, 1)
    """,
    "one and then another": """
        new = {row["id"] for row in event.payload["rows"]}
        both = [await step.do("a", tools.orders.get(id=one)) for one in new]  # AF802
        each = {one: await step.do("a", tools.orders.get(id=one)) for one in new}  # AF802
        return both, each
    """,
    "addresses": """
        for name in {None, "a"}:  # AF801
            await step.sleep(str(name), 1)
        def first():
            return 1
        return [one() for one in {first, lambda: 2}]  # AF801
    """,
    "addresses in a text": """
        def first():
            return 1
        def rows():
            yield 1
        async def later():
            return await step.sleep("a", 1)
        await later()
        return [f"{first}", str(self.work), f"{rows()}", repr(lambda: 1)]  # AF803 AF803 AF803 AF803
    """,
    "a coroutine in a text": """
        async def later():
            return await step.sleep("a", 1)
        return f"{later()}"  # AF302 AF803
    """,
    "a generator in a text": """
        return f"{(n for n in range(3))}"  # AF803
    """,
    "results that are no JSON": """
        import datetime
        from datetime import date
        from fractions import Fraction
        tags = {"a"}
        if event.id == "1":
            return {"tags": tags}  # AF821
        if event.id == "2":
            return [{1: "a"}, (n for n in "ab")]  # AF821 AF821
        if event.id == "3":
            return {"a": self.work, "b": lambda: 1, "c": 2j, "d": float("nan")}  # AF821 AF821 AF821
        if event.id == "4":
            return Helper() if tags else date.today()  # AF821 AF821
        if event.id == "5":
            return [datetime.timedelta(1) for _ in range(3)]  # AF821
        if event.id == "6":
            return tags | {"b"}, {"c": frozenset(event.payload["c"])}  # AF821 AF821
        def work():
            return 1
        return {"a": {name: Fraction(1, 3) for name in "ab"}, "b": work}  # AF821 AF821
    """,
    "arguments that are no JSON": """
        await step.do("a", tools.crm.update(customer="a", fields={"tags": {"a", "b"}}))  # AF821
        await step.wait_for_approval("b", "Sure?", details={"rows": {1, 2}})  # AF821
        def work():
            return {"a": {1, 2}}  # AF821
        await step.do("c", work)
    """,
    "state that is forgotten": """
        def count(row, rows=[], *, more={}):
            rows.append(row)  # AF804
            more.update(row)  # AF804
            return rows
        Plan.count = 1  # AF804
        Plan.count += 1  # AF804
        return count(1)
    """,
}

FINE: dict[str, str] = {
    "sorted, counted, compared": """
        tags = set(event.payload["tags"])
        for tag in sorted(tags):
            await step.sleep(tag, 1)
        wanted = [tag for tag in event.payload["more"] if tag in tags]
        total = sum(n for n in {row["n"] for row in event.payload["rows"]})
        names = list(tags)
        names.sort()
        if "a" in [tag.lower() for tag in tags]:
            await step.sleep("a", 1)
        other = {tag.lower() for tag in tags} | {*tags}
        counted = {tag: len(tag) for tag in tags}
        most = max(list(tags))
        return sorted(list(tags)), wanted, total, names, len(other), counted, most
    """,
    "of strings and numbers": """
        for name in {"a", "b"}:
            await step.sleep(name, 1)
        for name in {str(row) for row in event.payload["rows"]} | {f"{event.id}"}:
            await step.sleep(name, 1)
        for number in set(range(3)) - {1}:
            await step.sleep(f"{number}", 1)
        for word in set("a b".split()):
            await step.sleep(word, 1)
        for key in event.payload.keys() - {"a"}:
            await step.sleep(key, 1)
        for pair in {("a", n) for n in (1, 2)}:
            await step.sleep(pair[0], 1)
        known = {"x"}
        for more in ("c", "d"):
            known.add(more)
        return list(known), list(set(["a", "b"])), list({n for n in ("a", "b")}), list(set([n.lower() for n in "ab"]))
    """,
    "the only one": """
        left = set(event.payload["rows"])
        if len(left) == 1:
            return left.pop()
        (only,) = left
        return only
    """,
    "a loop that counts": """
        total = 0
        seen = []
        for tag in set(event.payload["tags"]):
            total += len(tag)
        for tag in set(event.payload["more"]):
            seen.append(tag)
        return total, sorted(seen)
    """,
    "no sets": """
        def set(rows):
            return rows
        def str(value):
            return value
        names = set(event.payload["rows"])
        left, right = event.payload["a"] & 5, event.payload["b"] - 1
        return [row for row in names], left | right, names, str(set), event.payload | {"a": 1}
    """,
    "what is JSON after all": """
        from dataclasses import dataclass, asdict
        from datetime import date, datetime
        from decimal import Decimal
        from enum import StrEnum

        @dataclass
        class Line:
            sku: str

        class Colour(StrEnum):
            RED = "red"

        line = Line("a")
        rows = {1: "a"}
        return {
            "line": asdict(line), "day": date.today().isoformat(), "at": datetime.now(), "sum": Decimal(1), "b": b"c",
            "rows": {str(key): value for key, value in rows.items()}, "colour": Colour("red").value, "f": float("1"),
            **event.payload, "n": [*range(3)], "helper": Helper.name(), "call": self.work(), "ok": event.id or None,
        }
    """,
    "an object that is asked for its data": """
        helper = Helper()
        await step.do("a", lambda: tools.orders.get(id=helper.name()))
        return f"{helper.name()} {self.work()} {helper.both(1, 2)}"
    """,
    "state of the run": """
        seen = []
        def count(row, rows=None, *, more=()):
            rows = rows or []
            rows.append(row)
            seen.append(row)
            return rows
        self.count = 1
        self.count += 1
        each = lambda row, rows=[]: rows.append(row)
        each(1)
        return count(1)
    """,
}
