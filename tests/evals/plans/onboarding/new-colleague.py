from datetime import UTC, datetime

from agentflow import StepFailed, Workflow, tools


class NewColleague(Workflow):
    """Make everything ready for somebody's first day."""

    async def run(self, event, step):
        person = await step.do("look them up", tools.hr.person(id=event.payload["person"]))
        name, email, team = person["name"], person["email"], person["team"]
        account = await step.do("make an account", tools.accounts.create(name=name, email=email))
        for group in ("everybody", team):
            await step.do(f"add to {group}", tools.groups.add(user=account["user"], group=group))
        model = "strong" if team == "engineering" else "light"
        try:
            await step.do("order a laptop", tools.laptops.order(model=model, person=person["id"]))
        except StepFailed as failed:
            body = f"There is no laptop for {name}: {failed.message}"
            tell = tools.mail.send(to=person["manager"], subject=f"The laptop of {name}", body=body)
            await step.do("tell the manager", tell)
        first_day = datetime.fromisoformat(f"{person['starts']}T08:00:00").replace(tzinfo=UTC)
        await step.sleep_until("the first day", first_day)
        body = f"Welcome, {name}! Your user name is {account['user']}."
        await step.do("welcome them", tools.mail.send(to=email, subject="Welcome", body=body))
        return {"user": account["user"]}
