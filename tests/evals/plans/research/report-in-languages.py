from agentflow import ApprovalExpired, ApprovalRejected, StepFailed, Workflow, tools


class Languages(Workflow):
    """Publish a report, and keep it in other languages."""

    async def run(self, event, step):
        title, text = event.payload["title"], event.payload["text"]
        try:
            approval = await step.wait_for_approval(
                "agree to publishing it",
                f"Publish {title}?",
                call=tools.reports.publish(id=event.payload["report"], language="en"),
            )
        except (ApprovalRejected, ApprovalExpired):
            return {"languages": []}
        await step.do("publish it", approval.call)
        there = []
        for language in event.payload["languages"]:
            try:
                translate = tools.texts.translate(text=text, language=language)
                translated = await step.do(f"translate into {language}", translate)
            except StepFailed:
                continue
            save = tools.reports.save(title=f"{title} ({language})", body=translated["text"])
            await step.do(f"save {language}", save)
            there.append(language)
        return {"languages": there}
