"""AF4: functions that are steps: one unit, on a copy of the run, with at most one effect."""

from __future__ import annotations

from .check import error, warning

CHECKS = (
    error(
        "AF401",
        "captured-change",
        wrong="A step's function changes what belongs to the run.",
        why="""The function runs on a copy of what it captures, so that running it and skipping it on replay are
            the same. What it changes there is lost; only what it returns comes back.""",
        bad="""
            totals = []

            async def load():
                order = await tools.orders.get(id="17")
                totals.append(order["total"])

            await step.do("load", load)
            return totals
            """,
        good="""
            async def load():
                order = await tools.orders.get(id="17")
                return order["total"]

            total = await step.do("load", load)
            return [total]
            """,
    ),
    error(
        "AF402",
        "step-in-function",
        wrong="A step's function uses `step`.",
        why="""The function is one step already: a retry repeats all of it. A step inside could not be told from
            one of the run, and a rollback or a delay cannot wait at all.""",
        bad="""
            async def load():
                return await step.do("inner", tools.orders.get(id="17"))

            return await step.do("load", load)
            """,
        good="""
            async def load():
                return await tools.orders.get(id="17")

            return await step.do("load", load)
            """,
    ),
    error(
        "AF403",
        "approval-in-function",
        wrong="A step's function calls a tool that needs a person's approval.",
        why="""An approval may take a week, and a function cannot wait for one: it runs within one attempt. The
            call would be refused, and the step would fail.""",
        bad="""
            async def pay():
                return await tools.payments.transfer(iban="DE89", amount=5, reference="17")

            return await step.do("pay", pay)
            """,
        good="""
            return await step.do("pay", tools.payments.transfer(iban="DE89", amount=5, reference="17"))
            """,
        tools=True,
    ),
    error(
        "AF404",
        "two-effects-in-function",
        wrong="A step's function may have more than one effect.",
        why="""A retry repeats the whole body. If the second of two calls fails, the first is made again: two
            mails, two refunds. Each effect is safe in a step of its own.""",
        bad="""
            async def settle():
                await tools.payments.refund(order_id="17", amount=5)
                await tools.mail.send(to="ada@example.com", subject="Refund", body="It is on its way.")

            await step.do("settle", settle)
            """,
        good="""
            await step.do("refund", tools.payments.refund(order_id="17", amount=5))
            await step.do("tell", tools.mail.send(to="ada@example.com", subject="Refund", body="It is on its way."))
            """,
        tools=True,
    ),
    warning(
        "AF405",
        "perhaps-approval-in-function",
        wrong="A step's function calls a tool that needs a person's approval for some arguments.",
        why="""For those arguments the call is refused, since a function cannot wait for a person, and the step
            fails. It is fine where the plan keeps to arguments that need nobody.""",
        bad="""
            async def credit():
                return await tools.payments.credit(customer="ada", amount=5)

            return await step.do("credit", credit)
            """,
        good="""
            return await step.do("credit", tools.payments.credit(customer="ada", amount=5))
            """,
        tools=True,
    ),
)
