from agentflow import StepFailed, Workflow, tools


class Watch(Workflow):
    """One day in each generation."""

    async def run(self, event, step):
        day, target = event.payload.get("day", 1), event.payload["target"]
        price = None
        try:
            call = tools.prices.get(product=event.payload["product"])
            price = (await step.do("price", call, retries={"limit": 2}))["price"]
        except StepFailed as failed:
            await step.progress(f"no price on day {day}: {failed.message}")
        if price is not None and price <= target:
            text = f"It costs {price}."
        elif day >= 90:
            text = "It was never cheap enough."
        else:
            await step.sleep("until tomorrow", "24 hours")
            await step.continue_as_new(event.payload | {"day": day + 1})
        await step.do("mail", tools.mail.send(to=event.payload["email"], subject="Price", body=text))
