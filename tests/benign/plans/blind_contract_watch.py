from datetime import date, timedelta

from agentflow import ApprovalExpired, ApprovalRejected, Workflow, tools


class ContractWatch(Workflow):
    """Ask whether contracts are to be renewed before their notice runs out."""

    async def run(self, event, step):
        today = step.now().date()
        horizon = today + timedelta(days=event.payload["days"])
        contracts = await step.do("list the contracts", tools.contracts.list())

        def is_due(contract):
            ends = date.fromisoformat(contract["ends"])
            return today <= ends and ends - timedelta(days=contract["notice_days"]) <= horizon

        async def decide(contract) -> str | None:
            key = contract["id"]
            ends = date.fromisoformat(contract["ends"])
            try:
                until = ends.replace(year=ends.year + 1)
            except ValueError:
                until = ends.replace(year=ends.year + 1, day=28)
            try:
                approval = await step.wait_for_approval(
                    f"renew {key}?",
                    f"Renew the contract with {contract['party']} ({contract['yearly']} EUR a year) until {until}?",
                    call=tools.contracts.renew(id=key, until=until.isoformat()),
                )
            except (ApprovalRejected, ApprovalExpired):
                return None
            renewed = await step.do(f"renew {key}", approval.call)
            return renewed["ends"]

        due = [contract for contract in contracts if is_due(contract)]
        ends = await step.gather(*(decide(contract) for contract in due))
        decided = {contract["id"]: end for contract, end in zip(due, ends, strict=True)}
        return {
            "renewed": {key: end for key, end in decided.items() if end is not None},
            "left": [key for key, end in decided.items() if end is None],
        }
