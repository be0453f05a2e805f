from agentflow import StepTimeout, Workflow, tools


class Job(Workflow):
    """Run a job of the cluster to its end, twice at most."""

    async def run(self, event, step):
        name = event.payload["job"]
        for _ in range(2):
            job = await step.do("start the job", tools.jobs.start(name=name, day=event.payload["day"]))
            try:
                async with step.timeout("2 hours"):
                    state = await self.end(step, job["id"])
            except StepTimeout:
                await step.do("cancel the job", tools.jobs.cancel(id=job["id"]))
                return await self.post(step, f"{name} was not done within two hours, and is cancelled")
            if state == "done":
                published = await step.do("publish it", tools.jobs.publish(id=job["id"]))
                return await self.post(step, f"{name} is there: {published['url']}")
        return await self.post(step, f"{name} has failed twice")

    async def end(self, step, id):
        while True:
            await step.sleep("five minutes", "5 minutes")
            found = await step.do("look at the job", tools.jobs.state(id=id))
            if found["state"] != "running":
                return found["state"]

    async def post(self, step, text):
        await step.do("tell #data", tools.chat.post(channel="#data", text=text))
        return {"said": text}
