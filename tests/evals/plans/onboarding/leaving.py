from agentflow import ApprovalExpired, ApprovalRejected, StepFailed, WaitTimeout, Workflow, tools


class Leaving(Workflow):
    """Take everything back from somebody who has left."""

    async def run(self, event, step):
        number, user = event.payload["person"], event.payload["user"]
        person = await step.do("look them up", tools.hr.person(id=number))
        try:
            approval = await step.wait_for_approval(
                "agree that they have left",
                f"Disable the account {user} of {person['name']}?",
                call=tools.accounts.disable(user=user),
            )
        except (ApprovalRejected, ApprovalExpired):
            return {"disabled": False}
        await step.do("disable the account", approval.call)
        left = await self.take_away(step, user)
        if left:
            body = f"Not taken away from {user}: {', '.join(left)}"
            await step.do("tell IT", tools.mail.send(to="it@example.com", subject="Leaving", body=body))
        try:
            await step.wait_for_event(
                "the laptop comes back", "laptop.returned", where={"person": number}, timeout="14 days"
            )
        except WaitTimeout:
            body = f"The laptop of {person['name']} has not come back within 14 days."
            tell = tools.mail.send(to=person["manager"], subject="A laptop is missing", body=body)
            await step.do("tell the manager", tell)
        return {"disabled": True, "left": left}

    async def take_away(self, step, user):
        licences, groups = await step.gather(
            step.do("list licences", tools.licences.list(user=user)),
            step.do("list groups", tools.accounts.groups(user=user)),
        )
        names = [f"licence {one['id']} ({one['product']})" for one in licences] + [f"group {name}" for name in groups]
        outcomes = await step.gather(
            *[step.do(f"revoke {one['id']}", tools.licences.revoke(id=one["id"])) for one in licences],
            *[step.do(f"leave {name}", tools.groups.remove(user=user, group=name)) for name in groups],
            return_exceptions=True,
        )
        return [name for name, outcome in zip(names, outcomes, strict=True) if isinstance(outcome, StepFailed)]
