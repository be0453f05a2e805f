"""Bodies of `run` with something wrong: `# AF...` at the end of a line says what is found there, and nothing else."""

from __future__ import annotations

BAD: dict[str, str] = {
    "unknown tool": """
        await step.do("a", tools.mail.sned(to="a", subject="b", body="c"))  # AF201
        await step.do("b", tools["orders.got"](id="1"))  # AF201
        await step.do("c", tools.post.send(to="a", subject="b", body="c"))  # AF201
    """,
    "unknown tool by another name": """
        send = tools.mail.snd  # AF201
        await step.do("a", send(to="a"))
        await step.do("b", tools["mail"](to="a"))  # AF201
        mails = tools.mail
        await step.do("c", mails.sent(to="a"))  # AF201
    """,
    "unknown tool in a table": """
        routes = {"a": "mail.send", "b": "mail.fax"}
        await step.do("a", tools[routes[event.payload["by"]]](to="a", subject="b", body="c"))  # AF201
    """,
    "unknown argument": """
        await step.do("a", tools.orders.get(id="1", verbose=True))  # AF202
        await step.do("b", tools.mail.send(to="a", subjekt="b", body="c"))  # AF202
    """,
    "missing argument": """
        await step.do("a", tools.mail.send(to="a", subject="b"))  # AF203
        await step.do("b", tools.mail.send())  # AF203
    """,
    "literal of the wrong type": """
        await step.do("a", tools.orders.get(id=17))  # AF204
        await step.do("b", tools.payments.refund(order_id="1", amount="12"))  # AF204
        await step.do("c", tools.orders.update(id="1", status="lost"))  # AF204
        await step.do("d", tools.mail.send(to="a", subject="b", body="c", cc="d"))  # AF204
        await step.do("e", tools.chat.post(channel="a", text=None))  # AF204
        await step.do("f", tools.metrics.query(query=f"up {event.id}", minutes=2.5))  # AF204
        await step.do("g", tools.payments.refund(order_id="1", amount=f"{event.id}"))  # AF204
        await step.do("h", tools.metrics.query(query="up", minutes="5" + event.id))  # AF204
        await step.do("i", tools.orders.get(id=-1))  # AF204
        await step.do("j", tools.orders.get(id=True))  # AF204
        await step.do("k", tools.crm.update(customer="a", fields=[1]))  # AF204
    """,
    "nested literal of the wrong type": """
        first = tools.orders.create(
            customer="a",
            lines=[
                {"sku": "b", "count": 0},  # AF204
                {"sku": 5, "count": 1},  # AF204
                {"sku": "b"},  # AF204
                {"sku": "b", "count": 1, "colour": "red"},  # AF204
            ],
            note=5,  # AF204
        )
        await step.do("a", first)
    """,
    "constant of the wrong type": """
        amount = "12"
        await step.do("a", tools.payments.refund(order_id="1", amount=amount))  # AF204
    """,
    "positional argument of a tool": """
        await step.do("a", tools.orders.get("17"))  # AF205
    """,
    "tool that cannot be known": """
        await step.do("a", tools[event.payload["tool"]](id="1"))  # AF206
        await step.do("b", tools[f"mail.{event.id}"](to="a"))  # AF206
        await step.do("c", tools.mail["send"](to="a"))  # AF206
        await step.do("d", getattr(tools.mail, event.id)(to="a"))  # AF206
    """,
    "tool call that no step runs": """
        tools.pager.page(person="a", message="b")  # AF301
        await tools.pager.page(person="a", message="b")  # AF301
        order = tools.orders.get(id="1")  # AF301
        other = tools.orders.get(id="2")
        third = await other  # AF301
        await step.gather(tools.orders.get(id="3"), step.sleep("s", 1))  # AF301
        await step.gather(*[tools.orders.get(id=number) for number in "45"])  # AF301
        return order["total"], third
    """,
    "tool call that is returned": """
        return {"order": tools.orders.get(id="1")}  # AF301
    """,
    "tool call in a helper of run": """
        async def load():
            return await tools.orders.get(id="1")  # AF301

        return await load()
    """,
    "tool call that a step's function does not await": """
        async def page():
            tools.pager.page(person="a", message="b")  # AF301

        async def load():
            return tools.orders.get(id="1")  # AF301

        await step.do("a", page)
        await step.do("b", load)
    """,
    "step that is not awaited": """
        step.sleep("a", 1)  # AF302
        order = step.do("b", tools.orders.get(id="1"))  # AF302
        step.wait_for_approval("c", "Sure?")  # AF302
        steps = [step.sleep(f"s{number}", number) for number in range(3)]  # AF302
        total = step.ask("d", "How many?", {"type": "integer"})  # AF302
        if step.ask("e", "Sure?") == "yes":  # AF302
            return f"{step.sleep('f', 1)}"  # AF302
        return total + 1, order["id"]
    """,
    "awaitable that is returned": """
        steps = [step.sleep("a", 1), step.sleep("b", 2)]  # AF302
        return steps
    """,
    "step returned by run": """
        return step.sleep("a", 1)  # AF302
    """,
    "own async function that is not awaited": """
        async def tell(text):
            await step.do("tell", tools.chat.post(channel="a", text=text))

        def later(text):
            return tell(text)

        @step.do("load")
        async def load():
            return await tools.orders.get(id="1")

        tell("x")  # AF302
        later("x")  # AF302
        load()  # AF302
        self.more()  # AF302
        order = load()  # AF302
        number = len(load())  # AF302
        return order["id"], number
    """,
    "captured name changed": """
        seen, total, order = [], 0, {"lines": []}

        async def load():
            found = await tools.orders.get(id="1")
            seen.append(found)  # AF401
            seen.append(found)
            order["lines"].append(1)  # AF401
            self.count = 1  # AF401
            total += 1  # AF401
            event.payload["a"] = 1  # AF401
            lines = order["lines"]
            lines.clear()  # AF401
            found["lines"].append(2)
            return found

        await step.do("a", load)
    """,
    "captured part changed": """
        order = {"tags": {}}

        def tag():
            order.setdefault("tags", {}).update(a=1)  # AF401
            nothing.append(1)  # AF104
            list(order).append(1)

        await step.do("a", tag)
    """,
    "captured name bound again": """
        total = 0

        @step.do("a")
        def count():
            nonlocal total
            total = 1  # AF401
            return total

        await count()
        return total
    """,
    "captured name changed by a helper": """
        seen = []

        def note(found):
            seen.append(found)  # AF401

        async def load():
            note(await tools.orders.get(id="1"))

        await step.do("a", load)
        await step.do("b", lambda: seen.pop())  # AF401
        await step.do("c", self.work)
    """,
    "step in a step's function": """
        async def load():
            await step.sleep("a", 1)  # AF402
            return await step.do("b", tools.orders.get(id="1"))

        async def pause():
            await step.sleep("c", 1)

        async def both():
            await pause()  # AF402

        @step.do("e")
        async def later():
            return step.now()  # AF402

        await step.do("a", load)
        await step.do("b", both)
        await later()
    """,
    "person in a step's function": """
        async def pay():
            return await tools.payments.transfer(iban="a", amount=1, reference="b")  # AF403

        async def credit():
            return await tools.payments.credit(customer="a", amount=1)  # AF405

        await step.do("a", pay)
        await step.do("b", credit)
    """,
    "two effects in a step's function": """
        async def both():
            await tools.pager.page(person="a", message="b")
            await tools.chat.post(channel="a", text="b")  # AF404

        async def loop():
            for person in ("a", "b"):
                await tools.pager.page(person=person, message="b")  # AF404

        async def side_by_side():
            await asyncio.gather(*[tools.pager.page(person=person, message="b") for person in "ab"])  # AF404

        async def mail():
            await tools.mail.send(to="a", subject="b", body="c")  # AF404

        async def twice():
            if event.id:
                await mail()
            else:
                return None
            await mail()

        await step.do("a", both)
        await step.do("b", loop)
        await step.do("c", side_by_side)
        await step.do("d", twice)
    """,
    "blocking": """
        import time
        from time import sleep  # AF501

        time.sleep(5)  # AF501
        await asyncio.sleep(5)  # AF501
        sleep(5)
    """,
    "bare handler": """
        try:
            await step.do("a", tools.orders.get(id="1"))
        except:  # AF002
            pass
    """,
    "tables that are not constant": """
        first, second = event.payload["pair"]
        more = {**event.payload}
        for name, other in zip("a", "b", strict=True):
            await step.do("a", tools[name](id="1"))  # AF206
        await step.do("b", tools[first](id="1"))  # AF206
        await step.do("c", tools[more["a"]](id="1"))  # AF206
        for name, other in [("orders.get", "a"), event.payload]:
            await step.do("d", tools[name](id="1"))  # AF206
        for name in [*event.payload]:
            await step.do("e", tools[name](id="1"))  # AF206
    """,
    "endless loop": """
        number = 0
        while True:  # AF502
            number += 1
        while step.now() < event.timestamp:  # AF502
            pass
        while True:  # AF502
            def inner():
                return number
        while True:  # AF502
            for number in range(3):
                break
    """,
    "who decides": """
        await step.wait_for_approval("f", "Sure?", approvers=["ana", "bo"], quorum=2)
        await step.wait_for_approval("g", "Sure?", quorum=0)  # AF603
        await step.wait_for_approval("g", "Sure?", quorum="two")  # AF603
        await step.wait_for_approval("h", "Sure?", quorum=1, approvers=None)
        await step.wait_for_approval("h", "Sure?", approvers=[])  # AF603
        await step.wait_for_approval("h", "Sure?", approvers="ana")  # AF603
        await step.ask("i", "Who?", approvers=event.payload["people"])
        await step.ask("i", "Who?", approvers=["ana", 5])  # AF603
        await step.ask("i", "Who?", quorum=2)  # AF603
    """,
    "rollbacks": """
        async def later(result):
            return tools.deploy.undo(service="a")

        def alone():
            return tools.deploy.undo(service="a")

        def build(service):
            return tools.deploy.undo(service=service)

        def names(result):
            return ["deploy.undo"]

        def forget(result):
            tools.deploy.undo(service="a")  # AF301

        start = tools.deploy.start(service="a", version="1")
        await step.do("a", start, rollback=tools.deploy.undo(service="a"))  # AF603
        await step.do("b", start, rollback=tools.deploy.undo)  # AF603
        await step.do("c", start, rollback="deploy.undo")  # AF603
        await step.do("d", start, rollback=later)  # AF603
        await step.do("e", start, rollback=alone)  # AF603
        await step.do("f", start, rollback=lambda result, error: build("a"))  # AF603
        await step.do("g", start, rollback=build("a"))  # AF603
        await step.do("h", start, rollback=names)  # AF603
        await step.do("i", start, rollback=forget)  # AF603
        await step.do("j", start, rollback=lambda result: tools.deploy.undo(servce="a"))  # AF202
        await step.do("k", start, rollback=lambda result: step.do("x", build("a")))  # AF402
        await step.do("l", start, rollback=lambda *, result: build("a"))  # AF603
        await step.do("m", start, sensitive="yes")  # AF603
    """,
    "rollbacks and delays that change the run": """
        undone, waits = [], {"last": 1}

        def undo(result):
            undone.append(result)  # AF401
            return tools.deploy.undo(service="a")

        def longer(attempt):
            nonlocal undone
            waits["last"] *= 2  # AF401
            undone = []  # AF401
            return waits["last"]

        start = tools.deploy.start(service="a", version="1")
        often = {"limit": 3, "delay": longer}
        await step.do("a", start, rollback=undo, retries=often)
        await step.do("b", start, retries={"delay": lambda attempt: step.random()})  # AF402
    """,
    "delays": """
        async def wait(attempt):
            return 5

        def none():
            return 5

        def words(attempt, error):
            if error.type == "Busy":
                return "1 minut"  # AF603
            return "1 minute"

        start = tools.deploy.start(service="a", version="1")
        await step.do("a", start, retries={"delay": wait})  # AF603
        await step.do("b", start, retries={"delay": none})  # AF603
        await step.do("c", start, retries={"delay": words})
        await step.do("d", start, retries={"delay": lambda attempt, error, more: 5})  # AF603
        await step.do("e", start, retries={"delay": lambda attempt: -5})  # AF603
    """,
    "races": """
        async def load():
            return await step.do("load", tools.orders.get(id="1"))

        await step.race()  # AF603
        await step.race(step.sleep("a", 1), step.sleep("b", 1))  # AF603
        await step.race(a=load, b=step.sleep("c", 1))  # AF603
        await step.race(a=await step.sleep("d", 1), b=load())  # AF603
        await step.race(a="load", b=load())  # AF603
        await step.race(a=tools.orders.get(id="1"), b=load())  # AF301
        step.race(a=load(), b=step.sleep("e", 1))  # AF302
        won = step.race(a=load(), b=step.sleep("f", 1))  # AF302
        return won[0]
    """,
    "maps": """
        async def load(number, again):
            return await step.do("load", tools.orders.get(id=number))

        async def bare(number):
            return await tools.orders.get(id=number)  # AF301

        def count(number):
            return number + 1

        numbers = ["1", "2"]
        await step.map(load, numbers)  # AF603
        await step.map(bare, numbers)
        await step.map(count, numbers)  # AF603
        await step.map(lambda number: tools.orders.get(id=number), numbers)  # AF301
        await step.map(tools.orders.get, numbers)  # AF603
        await step.map(step.sleep, numbers)  # AF603
        await step.map(load("1", "2"), numbers)  # AF603
        await step.map("load", numbers)  # AF603
        await step.map(bare, 5)  # AF603
        await step.map(bare, step.do("x", tools.orders.search()))  # AF603
        await step.map(bare, numbers, concurrency=0)  # AF603
        await step.map(bare, numbers, limit=5)  # AF603
        await step.map(bare)  # AF603
        step.map(bare, numbers)  # AF302
    """,
    "blocks with a timeout": """
        step.timeout("1 hour")  # AF302
        await step.timeout("1 hour")  # AF302
        limit = step.timeout("1 hour")  # AF302
        async with limit:  # AF002
            pass
        async with step.timeout("soon"):  # AF603
            pass
        async with step.timeout(0):  # AF603
            pass
        async with step.timeout():  # AF603
            pass
        async with step.timeout("a name", "1 hour"):  # AF603
            pass
        async with step.timeout("1 hour") as limit:  # AF002
            pass
        with step.timeout("1 hour"):  # AF002
            pass
        async with asyncio.timeout(5):  # AF002
            pass
        for number in range(3):
            try:
                async with step.timeout("1 hour"):
                    await step.sleep("a", 5)
            finally:
                break  # AF002
    """,
    "a timeout that is expected in its block": """
        async with step.timeout("1 hour"):
            try:
                await step.do("a", tools.orders.get(id="1"), timeout="10 minutes")
            except StepTimeout:  # AF605
                return 1
    """,
    "delegations": """
        await step.delegate("a")  # AF603
        await step.delegate("b", "Some One")  # AF603
        await step.delegate("c", "other", 5)  # AF603
        await step.delegate("d", "other", "  ")  # AF603
        await step.delegate("e", "other", "reach it", timeout="soon")  # AF603
        await step.delegate("f", "other", timout="1 day")  # AF603
        step.delegate("g", "other")  # AF302
    """,
    "the run as a whole": """
        await step.rollback(5)  # AF603
        await step.rollback("a", all=True)  # AF603
        await step.continue_as_new()  # AF603
        await step.continue_as_new([1])  # AF603
        await step.progress("")  # AF603
        await step.progress(0.5)  # AF603
        await step.progress("half", 50)  # AF603
        await step.progress("half", "0.5")  # AF603
        step.progress("done")  # AF302
        step.rollback()  # AF302
        step.continue_as_new({})  # AF302
    """,
    "unknown verb": """
        await step.run("a", tools.orders.get(id="1"))  # AF602
        await step.sleeep("b", 5)  # AF602
        return event.data, event["id"]  # AF602 AF602
    """,
    "arguments of a verb": """
        await step.sleep("2 days")  # AF603
        await step.do(tools.orders.get(id="1"))  # AF603
        await step.do("a", tools.orders.get(id="1"), retry=3)  # AF603
        await step.sleep("b", 5, 6)  # AF603
        await step.sleep("c", 5, name="d")  # AF603
        await step.gather(step.sleep("e", 5), errors=True)  # AF603
        await step.ask("f")  # AF603
    """,
    "names of steps": """
        await step.sleep("", 1)  # AF603
        await step.sleep("a\\nb", 1)  # AF603
        await step.sleep(f"a\\t{event.id}", 1)  # AF603
        await step.sleep(5, 1)  # AF603
        await step.sleep("a" * 2, 1)
        await step.do(tools.orders.get(id="1"), "a")  # AF603 AF603
    """,
    "durations": """
        await step.sleep("a", "10 secnds")  # AF603
        await step.sleep("b", -5)  # AF603
        await step.sleep("c", "400 days")  # AF603
        await step.sleep("d", None)  # AF603
        await step.do("e", tools.orders.get(id="1"), timeout="soon")  # AF603
        await step.do("f", tools.orders.get(id="1"), timeout=0, deadline="1 yr")  # AF603 AF603
        await step.do("g", tools.orders.get(id="1"), deadline=None)
        await step.wait_for_event("h", "paid", timeout="1d")  # AF603
        await step.sleep_until("i", "2026-01-01")  # AF603
    """,
    "retries": """
        await step.do("a", tools.orders.get(id="1"), retries=3)  # AF603
        await step.do("b", tools.orders.get(id="1"), retries={"max": 3})  # AF603
        await step.do("c", tools.orders.get(id="1"), retries={"limit": -1})  # AF603
        await step.do("d", tools.orders.get(id="1"), retries={"limit": "3"})  # AF603
        await step.do("e", tools.orders.get(id="1"), retries={"backoff": "double"})  # AF603
        await step.do("f", tools.orders.get(id="1"), retries={"delay": "5 sec"})  # AF603
        await step.do("g", tools.orders.get(id="1"), retries={"delay": lambda attempt: 5})
        often = {"limit": 1.5}
        await step.do("h", tools.orders.get(id="1"), retries=often)  # AF603
    """,
    "events": """
        await step.wait_for_event("a", "pay ment")  # AF603
        await step.wait_for_event("b", [])  # AF603
        await step.wait_for_event("c", ["ok", 5])  # AF603
        await step.wait_for_event("d", "ok", where="id")  # AF603
        await step.wait_for_event("e", "ok", where={5: "id"})  # AF603
    """,
    "questions": """
        await step.wait_for_approval("a", "")  # AF603
        await step.wait_for_approval("b", 5)  # AF603
        await step.ask("c", "How many?", int)  # AF603
        await step.ask("d", "How many?", [])  # AF603
        await step.ask("e", "How many?", "number")  # AF603
        await step.wait_for_approval("f", "Sure?", call="orders.get")  # AF603
        await step.wait_for_approval("g", "Sure?", call=lambda: tools.orders.get(id="1"))  # AF603
        await step.wait_for_approval("h", "Sure?", call=[tools.orders.get])  # AF603
        await step.wait_for_approval("i", "Sure?", call=[[tools.orders.get(id="1")]])  # AF603
    """,
    "work of a step": """
        async def load():
            return await tools.orders.get(id="1")

        def keep(order, *, name):
            return order

        def named(order):
            return order

        await step.do("a", tools.orders.get)  # AF603
        await step.do("b", "orders.get")  # AF603
        await step.do("c", load())  # AF603
        await step.do("d", keep)  # AF603
        await step.do("e", named)  # AF603
        await step.do("f", step.sleep("g", 1))  # AF603
        await step.do("h", await step.do("i", load))  # AF603
        await step.do("j", {"tool": "orders.get"})  # AF603
    """,
    "function steps with arguments": """
        @step.do("a")
        def keep(order):  # AF603
            return order

        @step.do("b")
        def fine():
            return 1

        await keep()
        await fine(1)  # AF603
    """,
    "what is gathered": """
        async def pause():
            await step.sleep("a", 1)

        steps = [pause(), pause()]
        await step.gather(steps)  # AF603
        await step.gather([pause()])  # AF603
        await asyncio.gather(pause)  # AF603
        await step.gather(await step.sleep("b", 1))  # AF603
    """,
    "swallowed failures": """
        try:
            await step.do("a", tools.orders.get(id="1"))
        except Exception:  # AF604
            pass
        try:
            await step.do("b", tools.orders.get(id="1"))
        except asyncio.CancelledError:  # AF606
            return None
    """,
    "names that mean nothing": """
        try:
            await step.do("a", tools.orders.get(id=ident))  # AF104
        except StepFaild as error:  # AF104
            return error, date.today(), json.dumps({}), ident, WaitTimeout  # AF104 AF104 AF104
    """,
    "imports": """
        import os  # AF003
        from agentflow import StepFaild  # AF104
        from math import sinus  # AF003
        open("x")  # AF002
    """,
}
