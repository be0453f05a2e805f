from agentflow import ApprovalExpired, ApprovalRejected, StepFailed, Workflow, tools


class Swap(Workflow):
    """Drops by hand, and completes whatever comes."""

    async def run(self, event, step):
        live = event.payload["table"]
        staging = live + "_staging"
        try:
            loaded = await step.do("load", tools.tables.load(table=staging, file=event.payload["file"]))
            check = await step.do("check", tools.tables.check(table=staging))
            if check["ok"]:
                swap = tools.tables.swap(staging=staging, live=live)
                agreed = await step.wait_for_approval("swap", f"Swap in {loaded['rows']} rows?", call=swap)
                await step.do("swap", agreed.call)
                return {"swapped": True}
            text = f"Bad data for {live}: " + ", ".join(check["problems"])
            await step.do("post", tools.chat.post(channel="#data", text=text))
        except (StepFailed, ApprovalRejected, ApprovalExpired) as error:
            await step.progress(f"not swapped: {error}")
        await step.do("drop", tools.tables.drop(table=staging))
        return {"swapped": False}
