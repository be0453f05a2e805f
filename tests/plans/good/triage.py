from agentflow import Workflow, tools

SCHEMA = {
    "type": "object",
    "properties": {"kind": {"enum": ["bug", "question", "praise"]}, "urgent": {"type": "boolean"}},
    "required": ["kind", "urgent"],
}
NOTIFY = {"bug": "tickets.create", "question": "tickets.create"}


class Triage(Workflow):
    async def run(self, event, step):
        text = event.payload["text"]
        label = await step.do("classify", tools.llm.generate(prompt=f"Classify: {text}", schema=SCHEMA))
        match label:
            case {"kind": "bug", "urgent": True}:
                await step.do("page", tools.pager.page(person="ana@example.com", message=text[:200]))
                priority = 1
            case {"kind": "bug" | "question"}:
                priority = 3
            case {"kind": str(kind)}:
                return {"kind": kind, "ticket": None}
            case _:
                return {"kind": None, "ticket": None}
        make = tools[NOTIFY[label["kind"]]]
        ticket = await step.do("ticket", make(title=text.splitlines()[0][:80], body=text, priority=priority))
        return {"kind": label["kind"], "ticket": ticket["id"]}
