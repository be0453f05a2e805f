"""AF7: approvals: what runs after a question is what a person saw and agreed to."""

from __future__ import annotations

from .check import error, warning

CHECKS = (
    error(
        "AF701",
        "refused-call-made",
        wrong="A person says no, and the call is made all the same.",
        why="""The refusal is caught, and the way from there leads to the very call that was refused. A tool that
            needs no approval by its own policy really runs then; any other asks the person again.""",
        bad="""
            from agentflow import ApprovalRejected, Workflow, tools

            class Plan(Workflow):
                async def run(self, event, step):
                    refund = tools.payments.refund(order_id="17", amount=500)
                    try:
                        await step.wait_for_approval("agree", "Refund order 17?", call=refund)
                    except ApprovalRejected:
                        await step.progress("rejected")
                    await step.do("refund", refund)
            """,
        good="""
            from agentflow import ApprovalRejected, Workflow, tools

            class Plan(Workflow):
                async def run(self, event, step):
                    refund = tools.payments.refund(order_id="17", amount=500)
                    try:
                        approval = await step.wait_for_approval("agree", "Refund order 17?", call=refund)
                    except ApprovalRejected as no:
                        return {"refunded": False, "why": no.reason}
                    await step.do("refund", approval.call)
            """,
    ),
    error(
        "AF702",
        "other-call-than-shown",
        wrong="A person approves one call, and the plan makes another.",
        why="""An approval is for the arguments that were shown. Those that are worked out afterwards nobody has seen:
            work them out first, and run the call that the approval gives back.""",
        bad="""
            amount = 50
            await step.wait_for_approval(
                "agree", "Refund order 17?", call=tools.payments.refund(order_id="17", amount=amount)
            )
            amount = 5000
            await step.do("refund", tools.payments.refund(order_id="17", amount=amount))
            """,
        good="""
            amount = 5000
            approval = await step.wait_for_approval(
                "agree", "Refund order 17?", call=tools.payments.refund(order_id="17", amount=amount)
            )
            await step.do("refund", approval.call)
            """,
    ),
    warning(
        "AF703",
        "asked-twice",
        wrong="The plan runs the call that it built, and not the one that was approved.",
        why="""Only `approval.call` (or one of `approval.calls`) carries the person's yes. For the same call built by
            the plan the tool's policy asks once more.""",
        bad="""
            transfer = tools.payments.transfer(iban="DE02", amount=50, reference="17")
            await step.wait_for_approval("agree", "Pay 50 EUR?", call=transfer)
            await step.do("pay", transfer)
            """,
        good="""
            transfer = tools.payments.transfer(iban="DE02", amount=50, reference="17")
            approval = await step.wait_for_approval("agree", "Pay 50 EUR?", call=transfer)
            await step.do("pay", approval.call)
            """,
        tools=True,
    ),
    warning(
        "AF704",
        "unasked-way",
        wrong="The plan asks before a call on one way that leads to it, and not on another.",
        why="""The tool's policy asks on the other way by itself: nothing happens unseen, but the run waits there for a
            person, which the plan does not foresee. Often it is a `return` that was forgotten.""",
        bad="""
            transfer = tools.payments.transfer(iban="DE02", amount=event.payload["amount"], reference="17")
            if event.payload["amount"] > 100:
                approval = await step.wait_for_approval("agree", "Pay?", call=transfer)
                transfer = approval.call
            await step.do("pay", transfer)
            """,
        good="""
            transfer = tools.payments.transfer(iban="DE02", amount=event.payload["amount"], reference="17")
            approval = await step.wait_for_approval("agree", "Pay?", call=transfer)
            await step.do("pay", approval.call)
            """,
        tools=True,
    ),
    warning(
        "AF705",
        "question-without-call",
        wrong="A person is asked in words, and then again by the policy of the tool that is called.",
        why="""A question without `call=` approves no call: the tool's policy asks once more, and shows the arguments.
            With `call=` one question does for both, and what the person sees is what is done.""",
        bad="""
            await step.wait_for_approval("agree", "Pay 50 EUR?")
            await step.do("pay", tools.payments.transfer(iban="DE02", amount=50, reference="17"))
            """,
        good="""
            transfer = tools.payments.transfer(iban="DE02", amount=50, reference="17")
            approval = await step.wait_for_approval("agree", "Pay 50 EUR?", call=transfer)
            await step.do("pay", approval.call)
            """,
        tools=True,
    ),
    warning(
        "AF706",
        "approval-used-twice",
        wrong="Two steps run the call of one approval.",
        why="""An approval is for one call, with all of its attempts. The step that runs it first uses it; another one
            that makes the same call is another call, and its tool's policy asks for it.""",
        bad="""
            transfer = tools.payments.transfer(iban="DE02", amount=50, reference="17")
            approval = await step.wait_for_approval("agree", "Pay 50 EUR, twice?", call=transfer)
            await step.do("pay", approval.call)
            await step.do("pay the other half", approval.call)
            """,
        good="""
            halves = [tools.payments.transfer(iban="DE02", amount=50, reference=f"17-{half}") for half in (1, 2)]
            approval = await step.wait_for_approval("agree", "Pay 50 EUR, twice?", call=halves)
            for transfer in approval.calls:
                await step.do("pay", transfer)
            """,
        tools=True,
    ),
)
