from agentflow import WaitTimeout, Workflow, tools


class LateFiles(Workflow):
    """Load what suppliers send tonight, and remind those who do not."""

    async def run(self, event, step):
        suppliers = event.payload["suppliers"]

        async def receive(supplier):
            try:
                arrived = await step.wait_for_event(
                    f"file of {supplier}", "file.arrived", where={"supplier": supplier}, timeout="6 hours"
                )
            except WaitTimeout:
                remind = tools.suppliers.remind(supplier=supplier, about="the file of tonight")
                await step.do(f"remind {supplier}", remind)
                return False
            await step.do(f"load {supplier}", tools.tables.load(table=supplier, file=arrived.payload["file"]))
            return True

        came = dict(zip(suppliers, await step.map(receive, suppliers), strict=True))
        return {
            "loaded": sorted(supplier for supplier in suppliers if came[supplier]),
            "missing": sorted(supplier for supplier in suppliers if not came[supplier]),
        }
