from agentflow import ApprovalExpired, ApprovalRejected, Workflow, tools


class Access(Workflow):
    """Let somebody into a group, and out of it again."""

    async def run(self, event, step):
        user, group, days = event.payload["user"], event.payload["group"], event.payload["days"]
        try:
            approval = await step.wait_for_approval(
                "agree to the access",
                f"Put {user} into {group} for {days} days ({event.payload['reason']})?",
                call=tools.groups.add(user=user, group=group),
                timeout="1 day",
            )
        except ApprovalRejected as rejected:
            return await self.refuse(step, event, f"You do not get into {group}: {rejected.reason}")
        except ApprovalExpired:
            return await self.refuse(step, event, f"You do not get into {group}: nobody has decided on it.")
        await step.do("let them in", approval.call)
        await step.sleep("as long as they need it", f"{days} days")
        await step.do("take them out", tools.groups.remove(user=user, group=group), retries={"limit": 12})
        return {"granted": True}

    async def refuse(self, step, event, body):
        tell = tools.mail.send(to=event.payload["email"], subject="Your request", body=body)
        await step.do("tell them", tell)
        return {"granted": False}
