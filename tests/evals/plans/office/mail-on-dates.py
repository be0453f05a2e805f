from datetime import UTC, datetime

from agentflow import Workflow, tools


class MailOnDates(Workflow):
    """Send each mail in the morning of its day."""

    async def run(self, event, step):
        planned = [
            (datetime.fromisoformat(f"{mail['day']}T09:00:00").replace(tzinfo=UTC), mail)
            for mail in event.payload["mails"]
        ]
        begun = step.now()
        ahead = sorted((one for one in planned if one[0] >= begun), key=lambda one: one[0])
        for moment, mail in ahead:
            await step.sleep_until(f"the morning of {mail['day']}", moment)
            await step.do(
                f"mail {mail['to']}", tools.mail.send(to=mail["to"], subject=mail["subject"], body=mail["body"])
            )
        return {"sent": len(ahead), "skipped": len(planned) - len(ahead)}
