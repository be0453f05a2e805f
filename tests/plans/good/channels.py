import functools

from agentflow import NonRetryableError, Workflow, tools

SENDERS = {
    "chat": lambda to, text: tools.chat.post(channel=to, text=text),
    "mail": lambda to, text: tools.mail.send(to=to, subject="Notice", body=text),
}
READERS = {"orders": tools.orders.search, "customers": tools.crm.customers}


def notice(person, text):
    """Built here, run by a step."""
    return SENDERS[person["channel"]](person["address"], text)


async def load(source):
    pages = []
    for page in range(1, 4):
        found = await tools.crm.customers(segment=source, page=page)
        if not found["items"]:
            break
        pages.extend(found["items"])
    if not pages:
        raise NonRetryableError(f"nobody in {source}")
    return pages


class Channels(Workflow):
    async def run(self, event, step):
        segment = event.payload["segment"]
        people = await step.do("load", lambda: load(segment), retries={"limit": 2})
        again = await step.do("load again", functools.partial(load, segment))
        orders = await step.do("orders", READERS["orders"](limit=50))

        def rank(ctx):
            ranked = sorted(people, key=lambda person: person["name"])
            ranked.reverse()
            return {"attempt": ctx.attempt, "people": ranked}

        ranked = await step.do("rank", rank)
        steps = (step.do(f"tell {person['name']}", notice(person, "hello")) for person in ranked["people"])
        await step.gather(*steps)
        return {"told": len(people), "again": len(again), "orders": len(orders)}
