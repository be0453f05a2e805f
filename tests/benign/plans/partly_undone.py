from agentflow import StepFailed, Workflow, tools


class PartlyUndone(Workflow):
    """Open accounts; where the last one fails, take back those of this group and try a smaller group."""

    async def run(self, event, step):
        opened = []
        for group, systems in event.payload["groups"].items():
            names = []
            try:
                for system in systems:
                    name = f"{group}: {system}"
                    result = await step.do(
                        name,
                        tools.accounts.open(person=event.payload["person"], system=system),
                        retries={"limit": 0},
                        rollback=lambda result: tools.accounts.close(account=result["account"]),
                    )
                    names.append(name)
                    opened.append(result["account"])
            except StepFailed as failed:
                await step.rollback(*names)
                opened = [account for account in opened if account.split("@")[1] not in systems]
                await step.progress(f"{group} was taken back: {failed.type}: {failed.message}", fraction=0.5)
        return {"opened": opened}
