from enum import Enum

from agentflow import ApprovalExpired, Workflow, tools


class Team(Enum):
    SALES = "sales"
    ENGINEERING = "engineering"


GROUPS = {
    Team.SALES: ["all", "crm"],
    Team.ENGINEERING: ["all", "code", "on-call"],
}
WELCOME = """Hello {name},

your account is ready. Your groups: {groups}.
"""


class Onboarding(Workflow):
    async def run(self, event, step):
        person = event.payload
        team = Team(person["team"])
        groups = GROUPS[team]
        try:
            question = f"Which laptop does {person['name']} get?"
            laptop = await step.ask("laptop", question, ["13 inch", "16 inch"], timeout="2 days")
        except ApprovalExpired:
            laptop = "13 inch"
        size = await step.ask("desk", "Which desk number?", {"type": "integer", "minimum": 1}, default=0)
        account = await step.do("account", tools.accounts.create(email=person["email"], groups=groups))
        body = WELCOME.format(name=person["name"], groups=", ".join(groups))
        await step.do("welcome", tools.mail.send(to=person["email"], subject="Welcome", body=body))
        if team is Team.SALES:
            await step.do("crm", tools.crm.update(customer=account["id"], fields={"owner": person["email"]}))
        await step.sleep_until("first friday", event.payload["first_friday"])
        mood = await step.ask("mood", "How was the first week?")
        return {"account": account["id"], "laptop": laptop, "desk": size, "mood": mood}
