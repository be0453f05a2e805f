from datetime import timedelta

from agentflow import WaitTimeout, Workflow, tools


class Files(Workflow):
    """One loop over all files, until a moment."""

    async def run(self, event, step):
        waiting = set(event.payload["suppliers"])
        end = step.now() + timedelta(hours=6)
        loaded = []
        while waiting:
            try:
                arrived = await step.wait_for_event("a file", "file.arrived", timeout=end)
            except WaitTimeout:
                break
            supplier = arrived.payload["supplier"]
            if supplier in waiting:
                await step.do(f"load {supplier}", tools.tables.load(table=supplier, file=arrived.payload["file"]))
                waiting.discard(supplier)
                loaded.append(supplier)
        for supplier in sorted(waiting):
            await step.do(f"remind {supplier}", tools.suppliers.remind(supplier=supplier, about="tonight's file"))
        return {"loaded": sorted(loaded), "missing": sorted(waiting)}
