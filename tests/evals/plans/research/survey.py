from statistics import mean

from agentflow import WaitTimeout, Workflow, tools


class Survey(Workflow):
    """Ask everybody, remind the silent, and report."""

    async def run(self, event, step):
        survey, people = event.payload["survey"], event.payload["people"]

        async def score(person):
            sent = await step.do(f"send to {person}", tools.surveys.send(survey=survey, to=person))
            first = await answer(f"{person} answers", person, "3 days")
            if first is not None:
                return first
            await step.do(f"remind {person}", tools.surveys.remind(id=sent["id"]))
            return await answer(f"{person} answers late", person, "4 days")

        async def answer(name, person, timeout):
            try:
                answered = await step.wait_for_event(name, "survey.answered", where={"person": person}, timeout=timeout)
            except WaitTimeout:
                return None
            return answered.payload["score"]

        scores = [one for one in await step.map(score, people) if one is not None]
        average = round(mean(scores), 1) if scores else None
        body = f"{len(scores)} of {len(people)} have answered; the average is {average}."
        await step.do("save the report", tools.reports.save(title=survey, body=body))
        return {"answers": len(scores), "average": average}
