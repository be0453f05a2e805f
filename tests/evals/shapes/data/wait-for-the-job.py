from agentflow import Workflow, tools


class Job(Workflow):
    """Counts its looks."""

    async def run(self, event, step):
        start = tools.jobs.start(name=event.payload["job"], day=event.payload["day"])
        ended = "failed"
        for _ in (1, 2):
            job = await step.do("start", start)
            ended = "late"
            for _ in range(24):
                await step.sleep("pause", 300)
                state = (await step.do("look", tools.jobs.state(id=job["id"])))["state"]
                if state in ("done", "failed"):
                    ended = state
                    break
            if ended != "failed":
                break
        if ended == "late":
            await step.do("cancel", tools.jobs.cancel(id=job["id"]))
        text = ended
        if ended == "done":
            text = (await step.do("publish", tools.jobs.publish(id=job["id"])))["url"]
        await step.do("post", tools.chat.post(channel="#data", text=text))
