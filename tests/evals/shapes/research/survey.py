from datetime import timedelta

from agentflow import WaitTimeout, Workflow, tools


class Survey(Workflow):
    """One loop over all answers, with two ends."""

    async def run(self, event, step):
        people, survey = event.payload["people"], event.payload["survey"]
        begun = step.now()
        ids = {}
        for person in people:
            sent = await step.do("send", tools.surveys.send(survey=survey, to=person))
            ids[person] = sent["id"]
        scores = {}
        for days in (3, 7):
            while len(scores) < len(people):
                try:
                    end = begun + timedelta(days=days)
                    answer = await step.wait_for_event("answer", "survey.answered", timeout=end)
                except WaitTimeout:
                    break
                scores[answer.payload["person"]] = answer.payload["score"]
            if days == 3:
                for person in people:
                    if person not in scores:
                        await step.do("remind", tools.surveys.remind(id=ids[person]))
        average = round(sum(scores.values()) / len(scores), 1) if scores else None
        await step.do("report", tools.reports.save(title="Survey", body=f"Average: {average}"))
        return {"answers": len(scores), "average": average}
