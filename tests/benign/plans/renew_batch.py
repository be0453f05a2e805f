from datetime import date

from agentflow import ApprovalRejected, Workflow, tools


def a_year_later(text: str) -> str:
    day = date.fromisoformat(text)
    try:
        return day.replace(year=day.year + 1).isoformat()
    except ValueError:
        return day.replace(year=day.year + 1, day=28).isoformat()


class RenewBatch(Workflow):
    """Renew several contracts after one decision on all of them."""

    async def run(self, event, step):
        contracts = await step.do("contracts", tools.contracts.list())
        calls = [tools.contracts.renew(id=row["id"], until=a_year_later(row["ends"])) for row in contracts]
        cost = sum(row["yearly"] for row in contracts)
        try:
            approval = await step.wait_for_approval(
                "renew all",
                f"Renew {len(calls)} contracts for {cost:,.2f} EUR a year?",
                call=calls,
                details={"parties": [row["party"] for row in contracts]},
                timeout="3 days",
            )
        except ApprovalRejected as rejected:
            return {"renewed": [], "why": f"{rejected.by[0]}: {rejected.reason}"}
        renewed = []
        for call in approval.calls:
            done = await step.do(f"renew {call.args['id']}", call)
            renewed.append(done["ends"])
        return {"renewed": renewed, "by": approval.by, "comment": approval.comment, "tool": calls[0].tool}
