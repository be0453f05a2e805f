import re
import statistics
from collections import Counter

from agentflow import PlanFailed, Workflow, tools


class Survey(Workflow):
    """Evaluate the answers to a survey."""

    async def run(self, event, step):
        responses = await step.do("load the answers", tools.surveys.responses(survey=event.payload["survey"]))
        if not responses:
            raise PlanFailed("nobody has answered")

        scores = [response["score"] for response in responses]
        promoters = sum(score >= 9 for score in scores)
        detractors = sum(score <= 6 for score in scores)

        words = Counter()
        for response in responses:
            words.update(re.findall(r"[^\W\d_]{4,}", response["text"].lower()))
        frequent = [word for word, count in sorted(words.items(), key=lambda kv: (-kv[1], kv[0])) if count > 1]

        return {
            "nps": round(100 * (promoters - detractors) / len(scores)),
            "mean": round(statistics.mean(scores), 2),
            "median": statistics.median(scores),
            "words": frequent,
        }
