from agentflow import WaitTimeout, Workflow, tools


class Signature(Workflow):
    """Have a document signed within two weeks."""

    async def run(self, event, step):
        document = event.payload["document"]
        request = await step.do(
            "ask for the signature", tools.signatures.request(document=document, email=event.payload["signer"])
        )
        if await self.signed(step, "a week", request["id"]):
            return {"signed": True}
        await step.do("remind", tools.signatures.remind(id=request["id"]))
        if await self.signed(step, "another week", request["id"]):
            return {"signed": True}
        await step.do("take it back", tools.signatures.withdraw(id=request["id"]))
        body = f"{document} was not signed within 14 days, and is withdrawn."
        await step.do("tell the owner", tools.mail.send(to=event.payload["owner"], subject=document, body=body))
        return {"signed": False}

    async def signed(self, step, name, request):
        try:
            await step.wait_for_event(name, "contract.signed", where={"request": request}, timeout="7 days")
        except WaitTimeout:
            return False
        return True
