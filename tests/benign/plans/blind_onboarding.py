from datetime import UTC, datetime, time

from agentflow import StepFailed, Workflow, tools


class Onboarding(Workflow):
    """Open accounts for a new colleague and mail them on the first day."""

    async def run(self, event, step):
        name, systems = event.payload["name"], event.payload["systems"]

        results = await step.gather(
            *[
                step.do(
                    f"open an account on {system}",
                    tools.accounts.open(person=name, system=system),
                    retries={"limit": 1, "delay": "1 minute"},
                    rollback=lambda result: tools.accounts.close(account=result["account"]),
                )
                for system in systems
            ],
            return_exceptions=True,
        )

        accounts, failed = [], []
        for system, result in zip(systems, results):
            match result:
                case {"account": account}:
                    accounts.append(account)
                case StepFailed():
                    failed.append(system)
                case error:
                    raise error

        first_day = datetime.fromisoformat(event.payload["start"]).date()
        await step.sleep_until("wait for the first day", datetime.combine(first_day, time(7), tzinfo=UTC))
        listing = "\n".join(f"* {account}" for account in accounts) or "none yet"
        await step.do(
            "welcome the colleague",
            tools.mail.send(
                to=event.payload["mail"], subject=f"Welcome, {name}", body=f"Your accounts:\n\n{listing}\n"
            ),
        )
        return {"accounts": accounts, "failed": failed}
