from agentflow import ApprovalExpired, Workflow, tools

FORM = {
    "type": "object",
    "properties": {
        "grade": {"type": "integer", "minimum": 1, "maximum": 5},
        "strengths": {"type": "array", "items": {"type": "string"}},
        "remarks": {"type": "string"},
    },
    "required": ["grade", "strengths"],
    "additionalProperties": False,
}


class Hiring(Workflow):
    """Ask those who met a candidate, then decide."""

    async def run(self, event, step):
        candidate = event.payload["candidate"]
        grades = await step.ask(
            "interview", f"How was {candidate}?", FORM, details={"candidate": candidate}, timeout="3 days"
        )
        level = await step.ask("level", "Which level?", ["junior", "senior"], default="junior", timeout="1 day")
        words = await step.ask("letter", "What shall the letter say?", answer=str)
        try:
            budget = await step.ask("budget", "Which budget in EUR?", {"type": "number"}, timeout="12 hours")
        except ApprovalExpired:
            budget = None
        good = grades["grade"] >= 4 and {"code", "people"} & set(grades["strengths"])
        text = f"Dear {candidate.title()},\n\n{words.strip()}\n"
        await step.do(
            "send the letter", tools.mail.send(to=event.payload["mail"], subject="Your application", body=text)
        )
        return {
            "hired": bool(good),
            "level": level,
            "budget": budget,
            "strengths": sorted(grades["strengths"], key=str.lower),
        }
