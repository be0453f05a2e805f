from agentflow import ApprovalExpired, ApprovalRejected, StepFailed, Workflow, tools

SYSTEMS = ("shop", "crm", "mailing", "support")


class Erase(Workflow):
    """Erase a person everywhere, once a colleague has agreed."""

    async def run(self, event, step):
        person, email = event.payload["person"], event.payload["email"]
        calls = [tools.persons.erase(system=system, person=person) for system in SYSTEMS]
        try:
            approval = await step.wait_for_approval("agree to erasing", f"Erase {person} everywhere?", call=calls)
        except ApprovalRejected as rejected:
            await self.mail(step, email, f"We cannot erase your data: {rejected.reason}")
            return {"erased": False}
        except ApprovalExpired:
            await self.mail(step, email, "We cannot erase your data yet: nobody has decided on it in time.")
            return {"erased": False}
        outcomes = await step.map(
            lambda call: step.do(f"erase in {call.args['system']}", call, retries={"limit": 3}),
            approval.calls,
            return_exceptions=True,
        )
        left = [name for name, outcome in zip(SYSTEMS, outcomes, strict=True) if isinstance(outcome, StepFailed)]
        if left:
            body = f"{person} could not be erased in {', '.join(left)}."
            await step.do("open a ticket", tools.tickets.open(title="Erasing failed", body=body))
            return {"erased": False, "left": left}
        await self.mail(step, email, "All that we knew of you is erased.")
        return {"erased": True}

    async def mail(self, step, email, body):
        await step.do("tell them", tools.mail.send(to=email, subject="Your data", body=body))
