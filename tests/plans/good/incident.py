from datetime import timedelta

from agentflow import StepFailed, WaitTimeout, Workflow, tools

ON_CALL = ["ana@example.com", "ben@example.com", "cho@example.com"]
SEVERITIES = {"critical": 1, "major": 2, "minor": 3}


class Incident(Workflow):
    """Page people in turn until somebody takes it, then watch it until it is over."""

    async def run(self, event, step):
        self.service = event.payload["service"]
        self.log = []
        severity = SEVERITIES.get(event.payload.get("severity"), 3)
        ticket = await step.do(
            "open ticket",
            tools.tickets.create(title=f"{self.service} is down", body=self.describe(event), priority=severity),
        )
        owner = await self.find_owner(step, ticket)
        if owner is None:
            await step.do("shout", tools.chat.post(channel="#incidents", text="nobody took it", urgent=True))
            return {"ticket": ticket["id"], "owner": None, "log": self.log}
        checks = 0
        while checks < 24:
            checks += 1
            health = await step.do("check", tools.metrics.query(query=f"up{{{self.service}}}", minutes=5))
            if health["value"] >= 0.99:
                break
            await step.sleep("between checks", timedelta(minutes=15))
        else:
            self.log.append("gave up watching")
        await step.do("close ticket", tools.tickets.update(id=ticket["id"], fields={"state": "done", "checks": checks}))
        return {"ticket": ticket["id"], "owner": owner, "log": self.log}

    def describe(self, event):
        started = event.timestamp.isoformat()
        return f"{self.service}: {event.payload.get('summary', 'no summary')} (since {started})"

    async def find_owner(self, step, ticket):
        for person in ON_CALL:
            try:
                await step.do(f"page {person}", tools.pager.page(person=person, message=ticket["id"]))
                taken = await step.wait_for_event(
                    f"ack of {person}",
                    ["incident.ack", "incident.decline"],
                    where={"ticket": ticket["id"]},
                    timeout="10 minutes",
                )
            except WaitTimeout:
                self.log.append(f"{person} did not answer")
                continue
            except StepFailed as error:
                self.log.append(f"{person} cannot be paged: {error}")
                continue
            if taken.type == "incident.ack":
                return person
        return None
