from agentflow import PlanFailed, Workflow, tools


class LoadAndSwap(Workflow):
    """Put new data in the place of the old, or leave nothing behind."""

    async def run(self, event, step):
        live = event.payload["table"]
        staging = f"{live}_staging"
        loaded = await step.do(
            "load the file",
            tools.tables.load(table=staging, file=event.payload["file"]),
            rollback=lambda result: tools.tables.drop(table=result["table"]),
        )
        found = await step.do("check it", tools.tables.check(table=staging))
        if not found["ok"]:
            problems = "; ".join(found["problems"])
            await step.do("tell #data", tools.chat.post(channel="#data", text=f"{live} is not replaced: {problems}"))
            raise PlanFailed(f"the data is bad: {problems}")
        approval = await step.wait_for_approval(
            "look at the count",
            f"Replace {live} by {loaded['rows']} rows?",
            call=tools.tables.swap(staging=staging, live=live),
        )
        return await step.do("swap it in", approval.call)
