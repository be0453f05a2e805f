"""Bodies of `run` as many hands would write them: the same few things in many ways."""

from __future__ import annotations

WAYS: dict[str, str] = {
    "nested timeouts": """
        from agentflow import StepTimeout
        try:
            async with step.timeout("1 hour"):
                try:
                    async with step.timeout("10 minutes"):
                        await step.sleep("long", "30 minutes")
                except StepTimeout:
                    await step.sleep("short", "5 minutes")
                await step.sleep("rest", "2 hours")
        except StepTimeout as late:
            return str(late)
    """,
    "race of functions": """
        async def pay():
            await step.sleep("pay", 30)
            return await step.do("x", tools.stock.level(sku="pen"))

        async def remind():
            for n in range(10):
                await step.sleep(f"remind {n}", 20)
            return "reminded"

        name, value = await step.race(pay=pay(), remind=remind(), cancel=step.wait_for_event("cancel", "cancel.it", timeout="1 hour"))
        return name, value["count"]
    """,
    "race in gather": """
        async def one(n):
            name, _ = await step.race(a=step.sleep(f"a{n}", n), b=step.sleep(f"b{n}", 3 - n))
            return name
        return await step.gather(one(1), one(2))
    """,
    "race error": """
        from agentflow import StepFailed, WaitTimeout
        try:
            await step.race(a=step.wait_for_event("a", "x.y", timeout=5), b=step.sleep("b", 50))
        except WaitTimeout:
            return "late"
    """,
    "map with index default": """
        async def work(item, factor=2):
            await step.sleep(f"work {item}", item)
            return item * factor
        return await step.map(work, range(1, 6), concurrency=2)
    """,
    "map with method": """
        class Worker:
            def __init__(self, step): self.step = step
            async def work(self, sku): return (await self.step.do(f"l {sku}", tools.stock.level(sku=sku)))["count"]
        return await step.map(Worker(step).work, ["pen", "ink"])
    """,
    "map with partial": """
        from functools import partial
        async def work(factor, sku):
            return factor * (await step.do(f"l {sku}", tools.stock.level(sku=sku)))["count"]
        return await step.map(partial(work, 2), ("pen", "ink"), concurrency=None)
    """,
    "map of generator": """
        return await step.map(lambda n: step.sleep(f"s {n}", n), (n for n in range(3) if n))
    """,
    "map with exceptions": """
        from agentflow import StepFailed
        out = await step.map(lambda n: step.do(f"r {n}", tools.stock.reserve(sku="ink", count=n), retries={"limit": 0}), [1, 99], return_exceptions=True)
        return [r["id"] if not isinstance(r, StepFailed) else r.type for r in out]
    """,
    "sort by result": """
        skus = ["pen", "ink", "lamp"]
        levels = {sku: (await step.do(f"l {sku}", tools.stock.level(sku=sku)))["count"] for sku in skus}
        skus.sort(key=levels.get)
        low, *others = skus
        return low, others, max(levels.items(), key=lambda kv: kv[1])[0]
    """,
    "aggregate by key": r"""
        orders = [await step.do(f"o {n}", tools.orders.get(id=f"o-{n}")) for n in range(1, 5)]
        by = {}
        for order in orders:
            by.setdefault(order["customer"], []).append(order)
        totals = {c: sum(o["total"] for o in rows) for c, rows in by.items()}
        text = "\n".join(f"{c}: {t:>10.2f} EUR" for c, t in sorted(totals.items(), key=lambda x: (-x[1], x[0])))
        return text
    """,
    "pagination with while": """
        orders, page = [], 1
        while page:
            got = await step.do(f"page {page}", tools.orders.list(page=page))
            orders += got["orders"]
            page = got["next"]
        return len(orders)
    """,
    "pagination with while none": """
        orders, page = [], 1
        while page is not None:
            got = await step.do(f"page {page}", tools.orders.list(page=page))
            orders.extend(got["orders"])
            page = got["next"]
        return len(orders)
    """,
    "retry loop by hand": """
        from agentflow import StepFailed
        for attempt in range(1, 4):
            try:
                page = await step.do(f"fetch {attempt}", tools.web.fetch(url="https://flaky.example/c"), retries={"limit": 0})
                break
            except StepFailed as failed:
                if attempt == 3:
                    raise
                await step.sleep(f"pause {attempt}", 2 ** attempt)
        return page["status"], attempt
    """,
    "saga by hand": """
        from agentflow import StepFailed
        done = []
        try:
            for sku, n in (("pen", 1), ("ink", 2), ("desk", 1)):
                done.append(await step.do(f"reserve {sku}", tools.stock.reserve(sku=sku, count=n), retries={"limit": 0}))
        except StepFailed:
            for one in reversed(done):
                await step.do(f"release {one['id']}", tools.stock.release(id=one["id"]))
            return {"released": [one["id"] for one in done]}
        return "all"
    """,
    "approval loop with edits": """
        from agentflow import ApprovalRejected
        amount = 2000
        while amount > 0:
            try:
                ok = await step.wait_for_approval(f"pay {amount}", f"Pay {amount}?", call=tools.payments.pay(iban="DE1", amount=amount, reference="r"))
                break
            except ApprovalRejected:
                amount -= 500
        else:
            return "none"
        return await step.do("pay", ok.call)
    """,
    "approval or automatic": """
        call = tools.payments.pay(iban="DE1", amount=50, reference="r")
        if call.args["amount"] > 10:
            approval = await step.wait_for_approval("pay", "Pay?", call=call)
            call = approval.call
        return await step.do("pay", call)
    """,
    "approval helper": """
        async def agreed(name, call):
            from agentflow import ApprovalRejected, ApprovalExpired
            try:
                return (await step.wait_for_approval(name, f"May we do {call.tool}?", call=call, timeout="1 day")).call
            except (ApprovalRejected, ApprovalExpired):
                return None
        call = await agreed("ask", tools.services.roll_back(service="shop", version="1"))
        if call is None:
            return "no"
        return await step.do("go", call)
    """,
    "event typed switch": """
        got = await step.race(
            approve=step.ask("choose", "Which?", ["a", "b"]),
            timeout=step.sleep("deadline", "10 days"),
        )
        match got:
            case ("approve", choice):
                return choice
            case ("timeout", None):
                return "late"
    """,
    "class constants": """
        return [self.LIMIT, self.NAMES["a"], P.LIMIT]
    """,
    "module constants": """
        return [TABLE["x"](3), RATE, HELP.format(n=1), Money(3).text]
    """,
    "lambda in table with tools": """
        ACTIONS = {"tell": lambda who: tools.chat.post(channel="#x", text=who), "look": lambda who: tools.stock.level(sku=who)}
        results = {}
        for action, who in [("tell", "a"), ("look", "pen")]:
            results[action] = await step.do(f"{action} {who}", ACTIONS[action](who))
        return results
    """,
    "match to tool": """
        match event.payload.get("how", "mail"):
            case "mail":
                call = tools.mail.send(to="a@b.c", subject="s", body="b")
            case "chat" | "channel":
                call = tools.chat.post(channel="#x", text="t")
            case other:
                from agentflow import PlanFailed
                raise PlanFailed(f"what is {other}?")
        return await step.do("tell", call)
    """,
    "optional args": """
        fields = {"name": "N"}
        if event.payload.get("mail"):
            fields["email"] = event.payload["mail"]
        return await step.do("update", tools.customers.update(id="c-1", fields=fields))
    """,
    "optional kwargs": """
        args = dict(id="t-1", status="open")
        if not event.payload.get("nobody"):
            args["assignee"] = "ops"
        return await step.do("update", tools.tickets.update(**args))
    """,
    "any and all with await list": """
        oks = [(await step.do(f"s {s}", tools.services.status(service=s)))["healthy"] for s in ("api", "shop")]
        return [any(oks), all(oks), oks.count(True)]
    """,
    "fstring nested quotes": """
        rows = [{"id": 1, "tags": ["a", "b"]}]
        return "; ".join(f"{row['id']:>3}: {', '.join(row['tags']) or '-'}" for row in rows)
    """,
    "unicode text": """
        await step.do("Grüße 👋 senden", tools.chat.post(channel="#x", text="Schöne Grüße – 10 € ✓"))
        return "naïve café"
    """,
    "long text literal": '''
        text = """Dear all,

        this is a long
        letter.
        """
        body = ("one "
                "two")
        return text.strip().splitlines()[0] + body
    ''',
    "try in loop continue": """
        from agentflow import StepFailed
        good, bad = [], {}
        for url in ("https://news.example/a", "https://none.example/x"):
            try:
                page = await step.do(f"fetch {url}", tools.web.fetch(url=url))
            except StepFailed as error:
                bad[url] = str(error)
                continue
            if page["status"] != 200:
                bad[url] = page["status"]
                continue
            good.append(url)
        return {"good": good, "bad": bad}
    """,
    "function step raises own error": """
        from agentflow import StepFailed, NonRetryableError

        class TooLow(Exception):
            pass

        async def check():
            level = await tools.stock.level(sku="ink")
            if level["count"] < 5:
                raise TooLow(f"only {level['count']}")
            return level

        try:
            await step.do("check", check, retries={"limit": 1, "delay": 1})
        except StepFailed as failed:
            return [failed.type, failed.message, failed.attempts]
    """,
    "function step validates": """
        import json
        from agentflow import NonRetryableError

        def parse(text):
            try:
                return json.loads(text)
            except json.JSONDecodeError as error:
                raise NonRetryableError(str(error)) from error

        data = await step.do("parse", lambda: parse('{"a": [1]}'))
        return data["a"]
    """,
    "function step decorated with ctx": """
        @step.do("guarded", retries={"limit": 2, "delay": "1 second"})
        async def guarded(ctx):
            if ctx.attempt < 2:
                raise RuntimeError("not yet")
            return {"attempt": ctx.attempt, "name": ctx.name}

        return await guarded()
    """,
    "function step with random and time": """
        import random
        from datetime import datetime, UTC

        def sample():
            return {"n": random.randint(1, 6), "at": datetime.now(UTC).isoformat()}

        one = await step.do("sample", sample)
        two = await step.do("sample", sample)
        return 1 <= one["n"] <= 6 and one["at"] <= two["at"]
    """,
    "counter in closure": """
        def numbered():
            n = 0
            def next_name(what):
                nonlocal n
                n += 1
                return f"{n}. {what}"
            return next_name
        name = numbered()
        await step.do(name("look"), tools.stock.level(sku="pen"))
        await step.do(name("look"), tools.stock.level(sku="ink"))
        return name("end")
    """,
    "generator of batches with steps": """
        def batches(items, size):
            for start in range(0, len(items), size):
                yield items[start:start + size]

        count = 0
        for number, batch in enumerate(batches(["pen", "ink", "lamp"], 2), 1):
            levels = await step.gather(*[step.do(f"batch {number}: {sku}", tools.stock.level(sku=sku)) for sku in batch])
            count += sum(level["count"] for level in levels)
            await step.progress(f"batch {number}", number / 2)
        return count
    """,
    "state dataclass": """
        from dataclasses import dataclass, field

        @dataclass
        class State:
            done: list[str] = field(default_factory=list)
            errors: dict[str, str] = field(default_factory=dict)

            def summary(self) -> dict:
                return {"done": len(self.done), "errors": self.errors}

        state = State()
        for sku in ("pen", "ink"):
            await step.do(f"l {sku}", tools.stock.level(sku=sku))
            state.done.append(sku)
        return state.summary()
    """,
    "polling with deadline": """
        from datetime import timedelta
        deadline = step.now() + timedelta(hours=1)
        looks = 0
        while step.now() < deadline:
            looks += 1
            status = await step.do("status", tools.services.status(service="shop"))
            if status["healthy"]:
                return "healthy"
            await step.sleep("wait", "15 minutes")
        return f"ill after {looks} looks"
    """,
    "cron like": """
        from datetime import timedelta
        from zoneinfo import ZoneInfo
        zone = ZoneInfo("Europe/Berlin")
        sent = []
        for _ in range(3):
            local = step.now().astimezone(zone)
            next_run = local.replace(hour=9, minute=0, second=0, microsecond=0)
            if next_run <= local:
                next_run += timedelta(days=1)
            while next_run.weekday() >= 5:
                next_run += timedelta(days=1)
            await step.sleep_until(f"until {next_run:%a %d.%m.}", next_run)
            sent.append(step.now().astimezone(zone).strftime("%a %H:%M"))
        return sent
    """,
    "gather in try with partial results": """
        results = {}
        async def load(sku):
            results[sku] = (await step.do(f"l {sku}", tools.stock.level(sku=sku)))["count"]
        await step.gather(*(load(sku) for sku in ("pen", "ink")))
        return dict(sorted(results.items()))
    """,
    "wait gathers events": """
        from agentflow import WaitTimeout
        async def vote(who):
            try:
                return (await step.wait_for_event(f"vote of {who}", "vote.cast", where={"who": who}, timeout="1 hour")).payload["vote"]
            except WaitTimeout:
                return None
        votes = await step.gather(*(vote(who) for who in ("a", "b")))
        return votes.count(None)
    """,
    "ask in parallel": """
        answers = await step.gather(
            step.ask("colour", "Which colour?", ["red", "blue"]),
            step.ask("size", "Which size?", {"type": "string"}, default="L", timeout="1 hour"),
        )
        return dict(zip(("colour", "size"), answers))
    """,
    "sensitive args": """
        card = await step.do("card", tools.customers.get(id="c-1"), sensitive=True)
        await step.do("use", tools.mail.send(to=card["email"], subject="s", body=card["name"]), sensitive=True)
        return "done"
    """,
    "progress fraction keyword": """
        await step.progress(message="half", fraction=0.5)
        await step.progress("all", 1)
    """,
    "keyword names": """
        await step.sleep(name="a", duration=1)
        r = await step.do(name="b", call=tools.stock.level(sku="pen"), timeout="1 minute")
        from agentflow import WaitTimeout
        try:
            await step.wait_for_event(name="w", type="x.y", timeout=1)
        except WaitTimeout:
            pass
        return await step.ask(name="q", question="Q?", answer=["a"])
    """,
    "rollback with none and ids": """
        ids = []
        async def reserve(sku):
            got = await step.do(f"reserve {sku}", tools.stock.reserve(sku=sku, count=1), rollback=lambda r: tools.stock.release(id=r["id"]) if r else None)
            ids.append(got["id"])
        await step.gather(reserve("pen"), reserve("chair"))
        await step.rollback(*[f"reserve {sku}" for sku in ("pen", "chair")])
        return sorted(ids)
    """,
    "step alias": """
        do, sleep = step.do, step.sleep
        level = await do("x", tools.stock.level(sku="pen"))
        await sleep("y", 1)
        return level["count"]
    """,
    "tools alias": """
        mail, stock = tools.mail, tools.stock
        await step.do("a", mail.send(to="a@b.c", subject="s", body=""))
        return (await step.do("b", stock.level(sku="pen")))["count"]
    """,
    "comparisons of decimals": """
        order = await step.do("o", tools.orders.get(id="o-2"))
        if order["total"] >= 1000 and order["status"] == "open":
            share = order["total"] * 10 / 100
            return [str(share), float(share), round(share, 1), int(share), share > 100, f"{share:,.2f}"]
    """,
    "bytes work": r"""
        data = await step.do("r", tools.files.read(path="in/app.log"))
        lines = data.decode("utf-8", errors="replace").splitlines()
        errors = [line.split(" ", 2)[2] for line in lines if " ERROR " in line]
        await step.do("w", tools.files.write(path="o", data="\n".join(errors).encode()))
        return len(errors)
    """,
    "html building": """
        rows = [("a<b", 1), ("c&d", 2)]
        def esc(text):
            return text.replace("&", "&amp;").replace("<", "&lt;")
        body = "<table>" + "".join(f"<tr><td>{esc(name)}</td><td>{n:d}</td></tr>" for name, n in rows) + "</table>"
        return body
    """,
    "early plan failed": """
        from agentflow import PlanFailed
        missing = [key for key in ("a", "b") if key not in event.payload]
        if len(missing) > 5:
            raise PlanFailed(f"missing: {', '.join(missing)}")
        return missing
    """,
    "assert": """
        assert isinstance(event.payload, dict), "payload"
    """,
    "global like state in list": """
        total = [0]
        def add(n):
            total[0] += n
        for n in range(3):
            add(n)
        return total[0]
    """,
    "del and slices": """
        queue = ["pen", "ink", "lamp"]
        while queue:
            batch, queue = queue[:2], queue[2:]
            await step.gather(*(step.do(f"l {s}", tools.stock.level(sku=s)) for s in batch))
        d = {"a": 1, "b": 2}
        del d["a"]
        return d
    """,
    "ternary await": """
        level = await (step.do("pen", tools.stock.level(sku="pen")) if not event.payload else step.do("ink", tools.stock.level(sku="ink")))
        return level["sku"]
    """,
    "return await gather tuple": """
        async def both():
            return await step.gather(step.sleep("a", 1), step.do("b", tools.stock.level(sku="pen")))
        _, level = await both()
        return level["count"]
    """,
    "exception variable reuse": """
        from agentflow import StepFailed
        errors = []
        for sku in ("desk", "pen"):
            try:
                await step.do(f"r {sku}", tools.stock.reserve(sku=sku, count=1), retries={"limit": 0})
            except StepFailed as error:
                errors.append(error)
        if errors:
            return f"{len(errors)}: {errors[0].message}"
    """,
    "step names with same text": """
        for _ in range(3):
            await step.do("same", tools.stock.level(sku="pen"))
            await step.sleep("same", 1)
        return "ok"
    """,
    "underscore numbers": """
        big = 1_000_000
        return [big, 0x_ff, 1e3, .5, 10 ** 6, -big // 7]
    """,
    "set operations": """
        a, b = {"x", "y"}, {"y", "z"}
        return [sorted(a & b), sorted(a | b), sorted(a ^ b), "x" in a - b, len(a), a.isdisjoint({"q"})]
    """,
    "complex slicing": """
        rows = list(range(10))
        return [rows[::2], rows[-3:], rows[::-1][:2], rows[slice(1, 3)]]
    """,
}
