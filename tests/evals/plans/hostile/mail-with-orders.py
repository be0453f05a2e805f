from agentflow import Workflow, tools

QUEUES = {"refund": "refunds", "question": "questions"}


class SupportMail(Workflow):
    """Hand a mail on to our people, and tell the customer."""

    async def run(self, event, step):
        mail = await step.do("read the mail", tools.support.mail(id=event.payload["mail"]))
        customer, summary, found = await step.gather(
            step.do("look the customer up", tools.customers.get(id=mail["customer"])),
            step.do("summarise it", tools.texts.summarize(text=mail["text"], about="what the customer wants")),
            step.do("see what they want", tools.texts.intent(text=mail["text"])),
        )
        queue = QUEUES.get(found["intent"], "other")
        open_it = tools.tickets.open(queue=queue, customer=customer["id"], text=summary["text"])
        ticket = await step.do("open a ticket", open_it)
        body = f"Dear {customer['name']}, we have your mail and are on it. Its number is {ticket['id']}."
        await step.do("tell the customer", tools.mail.send(to=customer["email"], subject="Your mail", body=body))
        return {"ticket": ticket["id"], "queue": queue}
