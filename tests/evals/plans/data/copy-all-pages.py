from agentflow import Workflow, tools

AT_ONCE = 100
"""Pages of one generation: the history of a run should not grow without end."""


class CopyPages(Workflow):
    """Copy all contacts, page by page."""

    async def run(self, event, step):
        dataset = event.payload["dataset"]
        cursor, total = event.payload.get("cursor"), event.payload.get("rows", 0)
        for _ in range(AT_ONCE):
            batch = cursor or "first"
            page = await step.do(f"read {batch}", tools.crm.page(cursor=cursor) if cursor else tools.crm.page())
            if page["rows"]:
                store = tools.lake.append(dataset=dataset, batch=batch, rows=page["rows"])
                await step.do(f"store {batch}", store)
                total += len(page["rows"])
            cursor = page["next"]
            if cursor is None:
                return {"rows": total}
        await step.continue_as_new({"dataset": dataset, "cursor": cursor, "rows": total})
