"""Bodies of `run` that poll, never end or tell secrets: `# AF...` says what is found on a line, and nothing else."""

from __future__ import annotations

BAD: dict[str, str] = {
    "polling without a sleep": """
        while True:  # AF503
            state = await step.do("poll", tools.deploy.status(service=event.payload["service"]))
            if state["done"]:
                break
        call = tools.orders.get(id="1")
        order = {"open": True}
        while order["open"]:  # AF503
            order = await step.do("look", call=call)
    """,
    "a run that never ends": """
        while True:  # AF504
            await step.do("look", tools.metrics.query(query="errors"))
            await step.sleep("wait", "1 hour")
    """,
    "retries": """
        first = tools.orders.get(id="1")
        await step.do("a", first, retries={"limit": 5, "delay": 0})  # AF607
        await step.do("b", first, retries={"limit": 50, "delay": "5 seconds", "backoff": "constant"})  # AF607
        await step.do("c", first, retries={"limit": 25})  # AF607
        await step.do("d", first, retries={"limit": 500, "delay": "1 hour", "backoff": "linear"})  # AF607
    """,
    "retries that are wrong in any case": """
        await step.do("a", tools.orders.get(id="1"), retries={"limit": None, "delay": 0})  # AF603
        await step.do("b", tools.orders.get(id="1"), retries={"limit": 50, "delay": "soon"})  # AF603
    """,
    "secrets of services": """
        key = "AKIAIOSFODNN7EXAMPLE"  # AF822
        other = "use sk-proj-abcdefghijklmnopqrstuvwx to pay"  # AF822
        third = "postgres://ada:hunter22@db.example.org/shop"  # AF822
        fourth = "-----BEGIN RSA PRIVATE KEY-----"  # AF822
        fifth = f"Bearer {event.id} q8Zr1vXw0LkTn5YbC3mHsJ7dPf2GaE9uQoRi"  # AF822
        return key, other, third, fourth, fifth
    """,
    "secrets by their names": """
        self.api_key = "abcdef123"  # AF822
        password = "hunter22"  # AF822
        await step.do("a", tools.crm.update(customer="a", fields={"db_password": "hunter22"}))  # AF822
        return dict(secret="hunter22"), password  # AF822
    """,
    "sensitive values in helpers": """
        async def load(path):
            return await step.do("load", tools.files.read(path=path), sensitive=True)

        async def tell(number, *, subject="b"):
            await step.do(f"tell {number}", tools.mail.send(to="a", subject=subject, body="c"))  # AF823 AF823

        def last(text):
            return text[-4:]

        card = await load("card")
        await step.progress(f"card {card['number']}")  # AF823
        await step.progress(last((await load("pin"))["pin"]))  # AF823
        await tell(card["number"], subject=card["name"])
        await step.progress((await step.do("pin", tools.files.read(path="pin"), sensitive=True))["pin"])  # AF823
        await step.progress((lambda text: text.upper())(card["name"]))  # AF823
    """,
    "sensitive values without a name": """
        async def load(path):
            return await step.do("load", tools.files.read(path=path), sensitive=True)

        await step.progress(f"the pin is {(await load('pin'))['pin']}")  # AF823
        await step.sleep((await step.do("pin", tools.files.read(path="pin"), sensitive=True))["pin"], 1)  # AF823
        await step.do("tell", tools.mail.send(to="a", subject="b", body=(await load("pin"))["pin"]))  # AF823
    """,
    "sensitive values in the open": """
        card = await step.do("card", tools.files.read(path="card"), sensitive=True)
        number = card["number"]
        await step.sleep(f"wait for {number}", 1)  # AF823
        await step.progress(f"card {number}")  # AF823
        await step.progress(message=str(card))  # AF823
        await step.wait_for_approval("a", f"Use {number}?", details={"card": card})  # AF823 AF823
        await step.ask("b", question=number)  # AF823
        await step.do("c", tools.mail.send(to="a", subject="b", body=number))  # AF823
        mail = tools.mail.send(to="a", subject="b", body=number)
        await step.do("d", mail, sensitive=False)  # AF823
        for row in card["rows"]:
            await step.progress(row)  # AF823
        if (last := (await step.do("e", tools.files.read(path="pin"), sensitive=True))["pin"]):
            await step.progress(last)  # AF823
    """,
}

FINE: dict[str, str] = {
    "polling with a sleep": """
        state = {}
        while not state.get("done"):
            state = await step.do("poll", tools.deploy.status(service="a"))
            await step.sleep("wait", "1 minute")
        while True:
            await self.more()
            state = await step.do("poll", tools.deploy.status(service="a"))
            if state["done"]:
                return state
    """,
    "pages, queues, tries": """
        page = 1
        while page:
            found = await step.do("page", tools.crm.customers(segment="a", page=page))
            page = found["next"]
        queue = ["a"]
        while queue:
            await step.do("one", tools.orders.get(id=queue.pop()))
        tries = {"n": 0}
        while tries["n"] < 3:
            tries["n"] += 1
            await step.do("try", tools.orders.get(id=str(tries["n"])))
        left = 3
        while left:
            left -= 1
            await step.do("do", tools.mail.send(to="a", subject="b", body="c"))
            await step.do("own", lambda: 1)
    """,
    "a run that begins anew": """
        while True:
            await step.sleep("wait", "1 hour")
            if event.id:
                await step.continue_as_new(event.payload)
    """,
    "what goes on beside the run": """
        async def remind():
            while True:
                await step.sleep("wait", "1 hour")
        await step.race(remind=remind(), done=step.wait_for_event("a", "a"))
        async with step.timeout("1 day"):
            while True:
                await step.sleep("wait", "1 hour")
    """,
    "retries": """
        first = tools.orders.get(id="1")
        limit = event.payload["limit"]
        await step.do("a", first, retries={"limit": 50, "delay": "1 hour", "backoff": "constant"})
        await step.do("b", first, retries={"limit": limit, "delay": 0})
        await step.do("c", first, retries={"limit": 2, "delay": 0})
        await step.do("d", first, retries={"limit": 10, "delay": lambda attempt: attempt})
        await step.do("e", first, retries=event.payload["retries"])
        await step.do("f", first, retries={**event.payload, "limit": 100})
        await step.do("g", first, retries={"limit": limit})
        name = event.id
        await step.do("h", first, retries={name: 5, "backoff": event.payload["b"]})
    """,
    "no secrets": """
        texts = [
            "https://example.org/a/very/long/path/that/goes/on/and/on/for/ever/1/2/3/A",
            "3f2b8c1e-9d4a-4f6b-8e7c-1a2b3c4d5e6f", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "A_CONSTANT_NAME_WITH_MANY_WORDS_IN_1_TEXT", "TheQuickBrownFoxJumpsOverTheLazyDog2TimesOrMoreOften",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA1", "mailto:ada@example.org", "sk-short",
        ]
        password = event.payload["password"]
        fields = {"password": "{password}", "secret": "", "api_key": "...", "token": "payment", **texts[0:0]}
        return texts, password, fields, {f"{event.id}": "hunter22"}
    """,
    "sensitive values kept by helpers": """
        def is_right(number):
            return number == "5"

        async def count(card):
            return len(await step.do("look", tools.orders.get(id=card["id"]), sensitive=True))

        card = await step.do("card", tools.files.read(path="card"), sensitive=True)
        await step.progress(f"{is_right(card['number'])}, {await count(card)}")
    """,
    "sensitive values kept": """
        card = await step.do("card", tools.files.read(path="card"), sensitive=True)
        number = card["number"]
        count = len(card)
        state = await step.do("pay", tools.mail.send(to=number, subject="a", body="b"), sensitive=True)
        done = await step.do("log", tools.orders.get(id="1"))
        await step.progress(f"{count} fields, {'right' if number == '5' else 'wrong'}, {done['id']}")
        await step.sleep("wait", 1)
        rows: list = []
        first: str
        await step.do("more", lambda: len(card))
        return rows, state
    """,
}
