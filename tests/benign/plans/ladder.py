from agentflow import ApprovalExpired, ApprovalRejected, Workflow, tools


class Ladder(Workflow):
    """Ask one after the other until somebody decides."""

    async def run(self, event, step):
        call = tools.services.roll_back(service="shop", version="8.7.3")
        asked = []
        for who in event.payload["who"]:
            asked.append(who)
            try:
                approval = await step.wait_for_approval(
                    f"ask {who}", f"{who}: roll the shop back?", call=call, timeout="30 minutes"
                )
            except ApprovalExpired:
                await step.do(f"{who} is silent", tools.chat.post(channel="#ops", text=f"{who} does not answer"))
                continue
            except ApprovalRejected as rejected:
                return {"asked": asked, "rolled_back": False, "why": rejected.reason}
            done = await step.do("roll back", approval.call)
            return {
                "asked": asked,
                "rolled_back": True,
                "version": done["version"],
                "minutes": (approval.decided_at - event.timestamp).seconds // 60,
            }
        return {"asked": asked, "rolled_back": False, "why": "nobody answers"}
