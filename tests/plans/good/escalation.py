import random
import time
import uuid

import agentflow
from agentflow import Workflow, tools


class Base:
    """What several plans share."""

    def __init__(self):
        self.sent = 0

    async def post(self, step, text, *, urgent=False):
        self.sent += 1
        await step.do(f"post {self.sent}", tools.chat.post(channel="#ops", text=text, urgent=urgent))


class Escalation(Base, Workflow):
    async def run(self, event, step):
        started = time.time()
        token = str(uuid.uuid4())
        people = list(event.payload["people"])
        random.shuffle(people)
        timer = step.sleep("grace", 300)
        question = step.ask("who", "Who takes it?", people, default=people[0])
        _, owner = await step.gather(timer, question)
        await self.post(step, f"{owner} has it ({token})")
        attempt = 0
        while True:
            attempt += 1
            state = await step.do("state", tools.deploy.status(service=event.payload["service"]))
            if state["healthy"] or attempt >= 10:
                break
            await step.sleep("wait", min(60 * 2**attempt, 3600))
        try:
            if not state["healthy"]:
                await self.post(step, "still broken", urgent=True)
        except agentflow.StepFailed as error:
            return {"owner": owner, "error": error.message}
        finally:
            self.sent = 0
        return {"owner": owner, "seconds": round(time.time() - started)}
