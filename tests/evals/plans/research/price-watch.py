from agentflow import StepFailed, Workflow, tools

DAYS, AT_ONCE = 90, 30


class PriceWatch(Workflow):
    """Look at a price once a day for three months."""

    async def run(self, event, step):
        product, target, email = (event.payload[key] for key in ("product", "target", "email"))
        day = event.payload.get("day", 0)
        for _ in range(AT_ONCE):
            price = await self.price(step, product)
            if price is not None and price <= target:
                return await self.mail(step, email, f"{product} costs {price} EUR.")
            day += 1
            if day == DAYS:
                return await self.mail(step, email, f"{product} did not get as cheap as {target} EUR within 90 days.")
            await step.sleep("a day", "1 day")
        await step.continue_as_new({**event.payload, "day": day})

    async def price(self, step, product):
        try:
            return (await step.do("look at the price", tools.prices.get(product=product)))["price"]
        except StepFailed:
            return None

    async def mail(self, step, email, body):
        await step.do("mail them", tools.mail.send(to=email, subject="Your price watch", body=body))
        return {"said": body}
