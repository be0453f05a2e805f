from statistics import mean, median

from agentflow import StepFailed, Workflow, tools


class SecondOpinion(Workflow):
    """A figure that at least two providers, or a person, stand for."""

    async def run(self, event, step):
        indicator = event.payload["indicator"]

        async def ask(source):
            try:
                return (await step.do(f"ask {source}", tools.figures.get(source=source, indicator=indicator)))["value"]
            except StepFailed:
                return None

        found = dict(zip("ab", await step.map(ask, ["a", "b"]), strict=True))
        values = [value for value in found.values() if value is not None]
        if len(values) == 2 and abs(values[0] - values[1]) <= 0.05 * max(map(abs, values)):
            return {"value": mean(values), "from": ["a", "b"]}
        found["c"] = await ask("c")
        known = {source: value for source, value in found.items() if value is not None}
        if len(known) >= 2:
            return {"value": median(known.values()), "from": list(known)}
        question = f"Not enough providers know {indicator}. What is it?"
        return {"value": await step.ask("ask a person", question, {"type": "number"}), "from": ["person"]}
