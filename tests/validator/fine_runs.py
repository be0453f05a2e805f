"""Bodies of `run` that look unusual and are fine: no rule may say anything about them."""

from __future__ import annotations

FINE: dict[str, str] = {
    "calls built for later": """
        calls = [tools.orders.get(id=str(number)) for number in range(3)]
        approval = await step.wait_for_approval("sure", "Sure?", call=calls)
        for number, call in enumerate(approval.calls):
            await step.do(f"call {number}", call)
        refund = tools.payments.refund(order_id="1", amount=5)
        if refund.args["amount"] > 3 and refund.tool == "payments.refund":
            await step.do("refund", refund)
    """,
    "calls that were put together, approved in one go": """
        calls = {city: tools.pager.page(person=city, message="x") for city in ("ann", "dan")}
        await step.wait_for_approval("one", "Sure?", call=list(calls.values()))
        await step.wait_for_approval("two", "Sure?", call=sorted(calls.values(), key=lambda call: call.tool))
        await step.wait_for_approval("three", "Sure?", call=[*calls.values()])
        both = [calls["ann"], calls["dan"]]
        await step.wait_for_approval("four", "Sure?", call=both)
    """,
    "calls built by helpers": """
        def page(person):
            return tools.pager.page(person=person, message="x")

        last = lambda: page("dan")
        await step.do("last", last())
        builders = {"a": page, "b": lambda person: tools.chat.post(channel=person, text="x")}
        await step.do("a", page("ana"))
        await step.do("b", builders[event.id]("ben"))
        await step.do("c", page("cho") if event.id else tools.chat.post(channel="a", text="b"))
    """,
    "steps kept and awaited later": """
        timer = step.sleep("timer", 60)
        if event.id:
            await timer
        both = asyncio.gather(step.sleep("a", 1), step.sleep("b", 2))
        await both
        tasks = {}
        for name in ("c", "d"):
            tasks[name] = step.sleep(name, 1)
        await step.gather(*tasks.values())
        pending = None
        if event.id:
            pending = step.sleep("e", 1)
        if pending is not None:
            await pending
        first, second = step.sleep("f", 1), step.sleep("g", 1)
        await step.gather(first, second)
        self.timer = step.sleep("h", 1)
        await self.timer
        maybe = step.sleep("i", 1)
        await (maybe if maybe is not None else step.sleep("j", 1))
    """,
    "tool names in tables": """
        routes = {"mail": "orders.get", "chat": "deploy.status"}
        for name in ("orders.get", "orders.get"):
            await step.do(name, tools[name](id="1"))
        for kind, name in {"a": "orders.get"}.items():
            await step.do(kind, tools[name](id="1"))
        for number, name in enumerate(["orders.get"]):
            await step.do(f"{number}", tools[name](id="1"))
        for name, ident in [("orders.get", "1"), ("orders.get", "2")]:
            await step.do(name, tools[name](id=ident))
        for name in sorted({"orders.get": 1}):
            await step.do(name, tools[name](id="1"))
        for name in {"a": "orders.get"}.values():
            await step.do(name, tools[name](id="1"))
        for name in {"orders.get": 1}.keys():
            await step.do(name, tools[name](id="1"))
        found = [step.do("x", tools[name](id="1")) for name in ["orders.get"]]
        await step.gather(*found)
        await step.do("y", tools[routes.get(event.id, "orders.get")](**event.payload))
        await step.do("z", tools[["orders.get", "files.read"][0]](**event.payload))
        await step.do("w", tools["orders.get" if event.id else "orders.get"](id="1"))
    """,
    "arguments that cannot be known": """
        amount = event.payload["amount"]
        lines = [{"sku": sku, "count": 1, **event.payload} for sku in "ab"]
        await step.do("a", tools.payments.refund(order_id=event.id, amount=amount))
        await step.do("b", tools.orders.create(customer="a", lines=[*lines, {"sku": "x", **event.payload}]))
        await step.do("c", tools.mail.send(**event.payload))
        await step.do("d", tools.mail.send(to="a", **event.payload))
        await step.do("e", tools.payments.refund(order_id=str(5), amount=-2.5))
        await step.do("f", tools.metrics.query(query="a" + event.id, minutes=2.0))
        await step.do("g", tools.crm.update(customer="a", fields=dict(event.payload)))
        await step.do("h", tools.metrics.query(query="up", minutes=+5))
    """,
    "state of a step's own": """
        seen, order = [], {"lines": []}
        crm = tools.crm
        table = {"crm": tools.crm}

        async def load(ctx, seen=tuple(seen)):
            mine = list(seen)
            mine.append(1)
            copy = dict(order)
            copy["lines"] = []
            count = 0
            count += 1
            for line in mine:
                count += line
            box = Box()
            box.count = 5
            box.put(3)
            await crm.update(customer="a", fields={})
            await tools.tickets.update(id="1", fields={})
            await table["crm"].update(customer="a", fields={})

            def note():
                nonlocal count
                count += 1
                mine.append(2)

            note()
            return {"count": count, "attempt": ctx.attempt}

        class Box:
            def put(self, value):
                self.value = value

        await step.do("load", load)
        seen.append(1)
        order["lines"].append(2)
    """,
    "one effect on each way": """
        async def choose():
            if event.id:
                return await tools.pager.page(person="a", message="b")
            elif event.run:
                result = await tools.chat.post(channel="a", text="b")
            else:
                result = await tools.tickets.create(title="a", body="b")
            return result

        async def first():
            for person in ("a", "b"):
                order = await tools.orders.get(id=person)
                if order["open"]:
                    await tools.pager.page(person=person, message="b")
                    break
            else:
                return None
            return person

        async def match():
            match event.payload:
                case {"a": 1}:
                    await tools.pager.page(person="a", message="b")
                case _:
                    await tools.chat.post(channel="a", text="b")

        async def again():
            number = 0
            while number < 3:
                number += 1
                try:
                    return await tools.pager.page(person="a", message="b")
                except NonRetryableError:
                    raise
                except StepFailed:
                    continue
                finally:
                    number += 1

        async def itself(depth=0):
            if depth > 3:
                return await tools.pager.page(person="a", message="b")
            return await itself(depth + 1)

        def build():
            return tools.pager.page(person="a", message="b") if event.id else None

        for number, body in enumerate([choose, first, match, again, itself, build]):
            await step.do(f"body {number}", body)
        await step.do("a", choose)
        await step.do("b", first)
        await step.do("c", match)
        await step.do("d", again)
        await step.do("e", itself)
        await step.do("f", build)
        await step.do("g", lambda: tools.chat.post(channel="a", text="b"))
    """,
    "decorators in other ways": """
        save = step.do("save")

        def count():
            return 1

        kept = save(count)
        number = await kept()
        other = await step.do("other", retries={"limit": 1})(count)
        return number + other
    """,
    "loops that end": """
        while True:
            event_found = await step.wait_for_event("next", "tick")
            if event_found.payload["last"]:
                break
        number = 0
        while step.now() < event.timestamp:
            await step.sleep("wait", 60)
        while number < 3 and step.now() > event.timestamp:
            number += 1
        while True:
            number += 1
            if number > 10:
                return number

        def numbers():
            while True:
                yield 1
    """,
    "handlers that do something": """
        problems = []
        try:
            await step.do("a", tools.orders.get(id="1"))
        except Exception as error:
            problems.append(str(error))
        try:
            number = int(event.payload["number"])
        except Exception:
            number = 0
        return {"problems": problems, "number": number}
    """,
    "names in unusual places": """
        later: int
        found = [half for number in range(5) if (half := number // 2)]
        match event.payload:
            case {"kind": kind, **rest}:
                return kind, rest
            case [head, *tail]:
                return head, tail
        later = half
        del found
        await step.wait_for_approval("sure", "Sure?", call=None, details={"later": later})
    """,
    "names of other things": """
        steps = [{"name": "a"}, {"name": "b"}]
        names = [step["name"] for step in steps]
        titles = sorted(steps, key=lambda step: step["name"])

        def title(step):
            return step["title"].upper()

        event = await step.wait_for_event("next", "tick", where={"id": [1, 2]}, timeout=step.now())
        return names, titles, title({"title": "a"}), event.type
    """,
    "verbs with variables": """
        name = event.payload["name"]
        options = {"retries": {"limit": 2, **event.payload}, "timeout": 60}
        both = ("a", 5)
        await step.do(name, tools.orders.get(id="1"), **options)
        await step.sleep(*both)
        await step.sleep(name="x", duration=event.payload["wait"])
        await step.wait_for_event("e", event.payload["types"], timeout="1 hour")
        answer = await step.ask("q", f"{name}?", event.payload["choices"], default=None)
        await step.sleep_until("later", 1_900_000_000)
        await step.do("y", call=tools.orders.get(id="1"), retries=None)
        return answer
    """,
    "work made elsewhere": """
        def make(ident):
            async def load():
                return await tools.orders.get(id=ident)

            return load

        helper = Helper()
        await step.do("a", make("1"))
        await step.do("b", helper.load)
        await step.do("c", Helper.name)
        await step.do("d", helper.call)
        await step.do("e", functools.partial(helper.both, "a", "b"))
    """,
    "class constants": """
        await step.do("a", tools[self.ROUTES["get"]](id="1"))
        await step.do("b", tools[Plan.ROUTES[event.id]](id="1"))
    """,
    "rollbacks and delays": """
        def undo(result):
            if result is None:
                return None
            return tools.deploy.undo(service=result["service"])

        def make(service):
            return lambda result: tools.deploy.undo(service=service)

        def longer(attempt, error):
            mine = [attempt]
            mine.append(5)
            return "1 hour" if error.type == "Busy" else sum(mine)

        def cancel(service, result):
            return tools.deploy.undo(service=service)

        start = tools.deploy.start(service="a", version="1")
        slow = {"limit": 9, "delay": longer}
        await step.do("a", start, rollback=undo, retries=slow, sensitive=False)
        await step.do("b", start, rollback=make("a"), retries={"delay": lambda attempt: 10 * attempt})
        await step.do("c", start, rollback=lambda result: tools.deploy.undo(service="a") if result else None)
        await step.do("d", start, rollback=functools.partial(cancel, "a"), sensitive=True)
        await step.do("e", start, rollback=None)
        await step.do("f", start, rollback=lambda result, service="a": tools.deploy.undo(service=service))
        await step.do("g", start, rollback=lambda *results: undo(results[0]))

        @step.do("h", rollback=lambda result: tools.payments.cancel(reference=result["reference"]))
        async def pay():
            return await tools.payments.refund(order_id="1", amount=5)

        await pay()
        await step.rollback()
        await step.rollback("a", "b")
    """,
    "races, maps and blocks": """
        async def load(number):
            return await step.do(f"load {number}", tools.orders.get(id=number))

        async def settle():
            async with step.timeout("1 hour"), step.timeout("2 hours"):
                return await load("1")

        racers = {"a": load("1"), "b": step.sleep("b", 5)}
        name, value = await step.race(**racers)
        won = step.race(paid=step.wait_for_event("paid", "paid"), late=step.sleep("late", "1 day"), own=load("2"))
        name, value = await won
        numbers = ["1", "2"]
        found = await step.map(load, numbers, concurrency=2, return_exceptions=True)
        found += await step.map(function=lambda number: step.sleep(number, 1), items=numbers)
        found += await step.map(lambda number: load(number), await step.do("x", tools.orders.search()))
        found += await step.map(functools.partial(Helper().both, 1), [])
        try:
            async with step.timeout(event.payload["seconds"]):
                await step.gather(settle(), step.map(load, range(3)))
                return found
        finally:
            name = "done"
    """,
    "timeouts of their own in a block": """
        async def load():
            await step.do("own", tools.orders.get(id="1"), deadline="1 minute")

        async with step.timeout("1 hour"):
            for work in (load, self.more):
                try:
                    await step.do("a", tools.orders.get(id="1"), deadline="10 minutes")
                except StepTimeout:
                    pass
                try:
                    await load()
                except StepTimeout as error:
                    return error.message
                try:
                    async with step.timeout("1 minute"):
                        await step.delegate("b", "other", timeout="1 day")
                except (StepTimeout, StepFailed):
                    continue
    """,
    "the run as a whole now": """
        async def page(number, step):
            await step.progress(f"page {number}", number / 10)
            await step.progress("so far")
            return await step.delegate("ask", "research", f"page {number}", {"page": number}, timeout="2 days")

        answer = await page(1, step)
        other = await step.delegate("run", "research", payload=answer, timeout=None)
        if other:
            await step.continue_as_new({"page": 2})
        await step.continue_as_new(event.payload)
    """,
}
