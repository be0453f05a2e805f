from datetime import timedelta

from agentflow import Workflow, tools


class Signature(Workflow):
    """One wait that goes on while the reminder is sent, in a race."""

    async def run(self, event, step):
        document = event.payload["document"]
        ask = tools.signatures.request(document=document, email=event.payload["signer"])
        request = await step.do("request", ask)

        async def remind():
            await step.sleep("a week", timedelta(days=7))
            await step.do("remind", tools.signatures.remind(id=request["id"]))
            await step.sleep("another week", timedelta(days=7))

        name, _ = await step.race(
            signed=step.wait_for_event(
                "signature", "contract.signed", where={"request": request["id"]}, timeout="30 days"
            ),
            late=remind(),
        )
        if name == "late":
            await step.do("withdraw", tools.signatures.withdraw(id=request["id"]))
            mail = tools.mail.send(to=event.payload["owner"], subject="Not signed", body=document)
            await step.do("mail", mail)
        return {"signed": name == "signed"}
