"""Uses the verbs that withdraw, undo, hand over and begin anew, and meets every way in which a scope can end."""

from agentflow import StepFailed, StepTimeout, Workflow, tools


class Scopes(Workflow):
    async def run(self, event, step):
        seen = []

        async def visit(name):
            try:
                return await step.do(name, tools.orders.get(id=name), sensitive=True)
            finally:
                seen.append(name)

        booked = await step.do(
            "book",
            tools.hotels.book(city="Paris"),
            retries={"limit": 2, "delay": lambda attempt, error: 5 * attempt},
            rollback=lambda result: tools.hotels.cancel(id=result["id"]),
        )
        pages = await step.map(visit, ["one", "two", "three"], concurrency=2)
        mail = step.wait_for_event("mail", "mail")
        winner = await step.race(
            mail=mail, group=step.gather(visit("four"), visit("five")), late=step.sleep("late", 60)
        )
        try:
            async with step.timeout("1 hour"), step.timeout("2 hours"):
                await step.gather(visit("six"), step.race(ask=step.ask("sure", "Sure?"), seven=visit("seven")))
        except StepTimeout as error:
            seen.append(error.message)
        async with step.timeout("1 hour"):
            eighth = await visit("eight")
        try:
            await step.race(nine=visit("nine"), bad=step.do("bad", tools.orders.get(id="bad")))
        except StepFailed as error:
            seen.append(f"{error.step}: {error.message}")
        await step.progress(f"{len(seen)} seen", 0.5)
        report = await step.delegate("ask", "research", "the market", {"city": "Paris"}, timeout="1 day")
        undone = await step.rollback("book")
        draw = step.random()
        await step.gather(
            step.sleep("open", 5),
            step.continue_as_new(
                {
                    "seen": seen,
                    "pages": pages,
                    "winner": winner[0],
                    "eighth": eighth,
                    "report": report,
                    "undone": undone,
                }
                | {"draw": draw, "booked": booked, "at": step.now()}
            ),
        )
