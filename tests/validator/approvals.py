"""Bodies of `run` with approvals in them: `# AF...` at the end of a line says what is found there, and nothing else."""

from __future__ import annotations

HEAD = """
from agentflow import ApprovalExpired, ApprovalRejected, WorkflowError
amount = event.payload["amount"]
refund = tools.payments.refund(order_id="1", amount=amount)
transfer = tools.payments.transfer(iban="a", amount=amount, reference="b")
assert refund.tool != transfer.tool
"""

BAD: dict[str, str] = {
    "a refusal that changes nothing": """
        try:
            await step.wait_for_approval("a", "Sure?", call=refund)
        except ApprovalRejected:
            pass
        await step.do("b", refund)  # AF701
    """,
    "a refusal of another call before it": """
        try:
            await step.wait_for_approval("a", "Sure?", call=tools.payments.refund(order_id="2", amount=5))
            await step.wait_for_approval("b", "Sure?", call=refund)
        except ApprovalRejected:
            pass
        await step.do("c", refund)  # AF701
    """,
    "a refusal that is only told": """
        try:
            await step.wait_for_approval("a", "Sure?", call=tools.payments.refund(order_id="1", amount=amount))
        except (ApprovalRejected, ApprovalExpired) as error:
            await step.progress(str(error))
        await step.do("b", tools.payments.refund(amount=amount, order_id="1"))  # AF701
    """,
    "a refusal among all errors": """
        try:
            await step.wait_for_approval("a", "Sure?", call=refund)
        except WorkflowError as error:
            await step.progress(str(error))
        finally:
            await step.progress("asked")
        await step.do("b", call=refund)  # AF701
    """,
    "a refusal in a helper": """
        async def ask(call):
            try:
                return await step.wait_for_approval("a", "Sure?", call=call)
            except ApprovalRejected:
                return None

        await ask(refund)
        await step.do("b", refund)  # AF701
    """,
    "a refusal in a block, in a loop, in a case": """
        for round in [1, 2]:
            async with step.timeout("1 hour"):
                try:
                    await step.wait_for_approval("a", "Sure?", call=refund)
                except ApprovalRejected:
                    continue
        match event.id:
            case "x":
                await step.do("b", refund)  # AF701
            case _:
                pass
    """,
    "a test that cannot know of the refusal": """
        try:
            await step.wait_for_approval("a", "Sure?", call=refund)
        except ApprovalRejected:
            await step.progress("no")
        if event.id > "5":
            await step.do("b", refund)  # AF701
    """,
    "changed after it was shown": """
        await step.wait_for_approval("a", "Sure?", call=refund)
        amount = 50000
        await step.do("b", tools.payments.refund(order_id="1", amount=amount))  # AF702
    """,
    "a part changed after it was shown": """
        order = {"total": 5}
        await step.wait_for_approval("a", "?", call=tools.payments.refund(order_id="1", amount=order["total"]))
        order["total"] = 50000
        await step.do("b", tools.payments.refund(order_id="1", amount=order["total"]))  # AF702
    """,
    "another constant than was shown": """
        await step.wait_for_approval("a", "Sure?", call=tools.payments.refund(order_id="1", amount=5))
        await step.do("b", tools.payments.refund(order_id="1", amount=50000))  # AF702
    """,
    "the call that was built, not the one that was approved": """
        await step.wait_for_approval("a", "Sure?", call=transfer)
        await step.do("b", transfer)  # AF703
        waiting = step.wait_for_approval("c", "Sure?", call=tools.accounts.disable(email="a"))
        await waiting
        await step.do("d", tools.accounts.disable(email="a"))  # AF703
    """,
    "asked again, perhaps": """
        credit = tools.payments.credit(customer="a", amount=amount)
        await step.wait_for_approval("a", "Sure?", call=credit)
        await step.do("b", credit)  # AF703
    """,
    "asked on one way alone": """
        if amount > 100:
            approval = await step.wait_for_approval("a", "Sure?", call=transfer)
            transfer = approval.call
        await step.do("b", transfer)  # AF704
    """,
    "asked in a choice": """
        asking = step.wait_for_approval("a", "Sure?", call=transfer)
        await step.do("b", (await asking).call if amount > 9 else transfer)  # AF704
    """,
    "asked in no round": """
        for row in event.payload["rows"]:
            await step.wait_for_approval("a", row, call=transfer)
        await step.do("b", transfer)  # AF704
    """,
    "asked in one case": """
        match event.id:
            case "x" if amount > 5:
                transfer = (await step.wait_for_approval("a", "Sure?", call=transfer)).call
        await step.do("b", transfer)  # AF704
    """,
    "asked side by side": """
        await step.gather(step.wait_for_approval("a", "Sure?", call=transfer), step.do("b", transfer))  # AF704
    """,
    "nobody answers": """
        try:
            transfer = (await step.wait_for_approval("a", "Sure?", call=transfer)).call
        except ApprovalExpired:
            await step.progress("nobody")
        await step.do("b", transfer)  # AF704
    """,
    "another from the same helper": """
        def disable(person):
            return tools.accounts.disable(email=person)

        await step.wait_for_approval("a", "Sure?", call=disable("a"))
        await step.do("b", disable("b"))  # AF704
    """,
    "built again after the yes": """
        for person in ["a", "b"]:
            call = tools.accounts.disable(email=person)
            if person == event.id:
                await step.wait_for_approval("a", "Sure?", call=call)
            await step.do("b", call)  # AF704
    """,
    "asked in words, and then again with the arguments": """
        await step.wait_for_approval("a", "Pay?")  # AF705
        await step.do("b", transfer)
        if await step.wait_for_approval("c", "Really?", details={"amount": amount}):  # AF705
            order = await step.do("d", tools.orders.get(id="1"))
            await step.do("e", tools.payments.credit(customer="a", amount=order["total"]))
    """,
    "asked in words by a helper": """
        async def agree(about):
            try:
                await step.wait_for_approval("a", f"May {about}?")  # AF705
            except ApprovalRejected:
                raise NonRetryableError("no") from None

        await agree("it be paid")
        await step.do("b", transfer)
        await agree("it be paid again")
        await step.do("c", tools.accounts.disable(email="a"))
    """,
    "one yes for two steps": """
        approval = await step.wait_for_approval("a", "Sure?", call=transfer)
        await step.do("b", approval.call)
        await step.do("c", approval.call)  # AF706
        again = (await step.wait_for_approval("d", "Sure?", call=tools.accounts.disable(email="a"))).call
        for round in (1, 2):
            await step.do("e", again)  # AF706
    """,
}

FINE: dict[str, str] = {
    "the approved call": """
        approval = await step.wait_for_approval("a", "Sure?", call=transfer)
        await step.do("b", approval.call)
        approval = await step.wait_for_approval("c", "Sure?", call=[transfer, refund])
        for call in approval.calls:
            await step.do("d", call)
    """,
    "a flag": """
        agreed = False
        try:
            await step.wait_for_approval("a", "Sure?", call=refund)
            agreed = True
        except ApprovalRejected:
            pass
        if not agreed:
            return "no"
        await step.do("b", refund)
    """,
    "an answer that is not there": """
        answer = None
        try:
            answer = await step.wait_for_approval("a", "Sure?", call=refund)
        except ApprovalRejected:
            pass
        if answer is not None:
            await step.do("b", refund)
        if answer is None:
            return "no"
        await step.do("c", refund)
    """,
    "a helper that says": """
        async def ask(call):
            try:
                await step.wait_for_approval("a", "Sure?", call=call)
            except ApprovalRejected as no:
                return {"agreed": False, "why": no.reason}
            return {"agreed": True}

        said = await ask(refund)
        if said["agreed"]:
            await step.do("b", refund)
        verdict = said["why"]
        if not verdict:
            await step.do("c", refund)
        if await ask(refund):
            await step.progress("asked")
    """,
    "a helper that is asked": """
        async def agreed(call):
            try:
                await step.wait_for_approval("a", "Sure?", call=call)
            except ApprovalRejected:
                return False
            return True

        if await agreed(refund):
            await step.do("b", refund)
        if (yes := await agreed(refund)) and amount:
            await step.do("c", refund)
    """,
    "a smaller amount, and another question": """
        while amount > 100:
            call = tools.payments.refund(order_id="1", amount=amount)
            try:
                await step.wait_for_approval(f"a {amount}", "Sure?", call=call)
                break
            except ApprovalRejected:
                amount = amount / 2
        else:
            return "never"
        await step.do("b", call)
    """,
    "refused by one, approved by the other": """
        try:
            await step.wait_for_approval("a", "Sure?", call=refund)
        except ApprovalRejected:
            await step.wait_for_approval("b", "Really not?", call=refund)
        await step.do("c", refund)
    """,
    "a refusal ends it": """
        try:
            await step.wait_for_approval("a", "Sure?", call=refund)
        except ApprovalExpired:
            pass
        except WorkflowError as error:
            raise NonRetryableError("no") from error
        await step.do("b", refund)
    """,
    "a list that stays empty": """
        calls = [tools.payments.refund(order_id=str(n), amount=5) for n in range(3)]
        agreed = []
        try:
            approval = await step.wait_for_approval("a", "Sure?", call=calls)
            agreed = approval.calls
        except ApprovalRejected:
            pass
        for call in agreed:
            await step.do("b", call)
    """,
    "what the policy asks where it must": """
        credit = tools.payments.credit(customer="a", amount=amount)
        if amount > 100:
            credit = (await step.wait_for_approval("a", "Sure?", call=credit)).call
        await step.do("b", credit)
        await step.do("c", tools.accounts.disable(email="a"))
    """,
    "one that is asked about, and another": """
        approval = await step.wait_for_approval("a", "Sure?", call=tools.accounts.disable(email="a"))
        await step.do("b", approval.call)
        await step.do("c", tools.accounts.disable(email="b"))
    """,
    "the same test twice": """
        if amount > 100:
            approval = await step.wait_for_approval("a", "Sure?", call=transfer)
        if amount > 100:
            await step.do("b", approval.call)
    """,
    "side by side, by a function for each": """
        async def ask(person):
            approval = await step.wait_for_approval("a", "?", call=tools.accounts.disable(email=person))
            return await step.do("b", approval.call)

        await step.map(ask, ["a", "b"])
        await step.gather(*[ask(person) for person in ("c", "d")])
        asked = {person: ask(person) for person in ("c", "d")}
        await step.gather(*asked.values())
    """,
    "a race": """
        name, answer = await step.race(asked=step.wait_for_approval("a", "?", call=transfer), late=step.sleep("b", 5))
        if name == "asked":
            await step.do("c", answer.call)
    """,
    "other arguments, of which nothing is known": """
        credit = event.payload["credit"]
        await step.wait_for_approval("a", "Sure?", call=tools.payments.refund(order_id="1", amount=credit))
        await step.do("b", tools.payments.refund(order_id="1", amount=amount))
        await step.do("c", tools.payments.refund(order_id="1", amount=amount, currency="EUR"))
    """,
    "what may be none": """
        answer = event.payload["answer"]
        if answer is None:
            answer = await step.wait_for_approval("a", "Sure?", call=transfer)
        ask = lambda call: step.wait_for_approval("b", "Sure?", call=call)
        await step.do("c", (await ask(transfer)).call)
        event.payload["a"]["b"] = answer
    """,
    "kept in the object": """
        self.approval = await step.wait_for_approval("a", "Sure?", call=transfer)
        self.told: bool = True
        await step.do("b", self.approval.call)
        count = 0
        count += 1
        [first, *rest] = [transfer, refund]
        lone: int
    """,
    "a verdict in a word": """
        async def verdict():
            try:
                await step.wait_for_approval("a", "Sure?", call=refund)
                return "yes"
            except ApprovalRejected:
                return "no"

        if await verdict() == "yes":
            await step.do("b", refund)
    """,
    "a list of those that were agreed": """
        agreed = []
        for call in [refund]:
            try:
                await step.wait_for_approval("a", "Sure?", call=call)
            except ApprovalRejected:
                continue
            agreed.append(call)
        for call in agreed:
            await step.do("b", call)
    """,
    "asked until somebody agrees": """
        while True:
            try:
                await step.wait_for_approval("a", "Sure?", call=refund)
                break
            except ApprovalRejected:
                await step.sleep("again", "1 day")
        await step.do("b", refund)
    """,
    "an answer among results": """
        asked = step.wait_for_approval("a", "Sure?", call=refund)
        (answer,) = await step.gather(asked, return_exceptions=True)
        if not isinstance(answer, Exception):
            await step.do("b", refund)
    """,
    "answers in a dict": """
        answers = {}
        for who in ("a", "b"):
            try:
                answers[who] = await step.wait_for_approval(who, "Sure?", call=refund)
            except ApprovalRejected:
                answers[who] = None
        if all(answers.values()):
            await step.do("b", refund)
    """,
    "asked in words about something else": """
        await step.wait_for_approval("a", "Tell them?")
        await step.do("b", tools.mail.send(to="a", subject="b", body="c"))
        await step.do("c", transfer)
        await step.wait_for_approval("d", "Refund it?")
        await step.do("e", refund)
        call = event.payload["call"]
        await step.wait_for_approval("f", "Sure?", **call)
        await step.do("g", transfer)
    """,
    "a yes for each": """
        for round in (1, 2):
            approval = await step.wait_for_approval("a", "Sure?", call=transfer)
            await step.do("b", approval.call)
        answers = await step.gather(*[step.wait_for_approval("c", "?", call=transfer) for who in event.payload["who"]])
        for answer in answers:
            await step.do("d", answer.call)
        agreed = []
        for who in event.payload["who"]:
            agreed.append((await step.wait_for_approval("e", "?", call=tools.accounts.disable(email=who))).call)
        for call in agreed:
            await step.do("f", call)
    """,
    "a second try": """
        approval = await step.wait_for_approval("a", "Sure?", call=transfer)
        try:
            await step.do("b", approval.call)
        except StepFailed:
            await step.do("c", approval.call)
    """,
    "one yes for two steps of a tool that nobody has to agree to": """
        approval = await step.wait_for_approval("a", "Sure?", call=refund)
        await step.do("b", approval.call)
        await step.do("c", approval.call)
    """,
    "one of two ways": """
        approval = await step.wait_for_approval("a", "Sure?", call=transfer)
        if amount > 5:
            await step.do("b", approval.call)
        else:
            await step.do("c", approval.call)
    """,
}
