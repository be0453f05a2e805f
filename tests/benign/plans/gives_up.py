from agentflow import PlanFailed, Workflow, tools


class GivesUp(Workflow):
    """Say clearly why it cannot be done."""

    async def run(self, event, step):
        found = await step.do("look", tools.web.fetch(url=event.payload["url"]))
        match found:
            case {"status": 200, "text": str(text)} if text:
                return {"text": text}
            case {"status": int(status)} if 400 <= status < 500:
                raise PlanFailed(f"there is no page {event.payload['url']} ({status})")
            case _:
                raise PlanFailed("who knows")
