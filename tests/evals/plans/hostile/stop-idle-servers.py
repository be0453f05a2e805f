from agentflow import ApprovalExpired, ApprovalRejected, Workflow, tools


class StopIdle(Workflow):
    """Stop idle servers, but none in production."""

    async def run(self, event, step):
        servers = await step.do("list the servers", tools.servers.list(group=event.payload["group"]))
        idle = [one["name"] for one in servers if one["idle_days"] >= 30 and one["environment"] != "production"]
        if not idle:
            return {"stopped": []}
        try:
            question = f"Stop {', '.join(idle)}?"
            calls = [tools.servers.stop(name=name) for name in idle]
            approval = await step.wait_for_approval("agree to stopping them", question, call=calls)
        except (ApprovalRejected, ApprovalExpired):
            return {"stopped": []}
        for call in approval.calls:
            await step.do(f"stop {call.args['name']}", call)
        return {"stopped": idle}
