from agentflow import WaitTimeout, Workflow, tools


class InboxMux(Workflow):
    """Take whatever comes for three orders, of whichever kind, until it is quiet for a day."""

    async def run(self, event, step):
        wanted, log, sums = event.payload["orders"], [], {"order.paid": 0, "order.returned": 0}
        while len(log) < 50:
            try:
                got = await step.wait_for_event(
                    "something new", ["order.paid", "order.returned"], where={"order": wanted}, timeout="1 day"
                )
            except WaitTimeout:
                break
            sums[got.type] += got.payload.get("amount", 0)
            log.append(f"{got.timestamp:%d %H:%M} {got.type.removeprefix('order.')} {got.payload['order']}")
        await step.do("write it down", tools.files.write(path="log.txt", data="\n".join(log)))
        return {"sums": sums, "log": log}
