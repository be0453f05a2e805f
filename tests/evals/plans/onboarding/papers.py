from agentflow import WaitTimeout, Workflow, tools


class Papers(Workflow):
    """Have all documents signed."""

    async def run(self, event, step):
        email, documents = event.payload["email"], event.payload["documents"]

        async def signed(document):
            request = await step.do(f"request {document}", tools.documents.request(document=document, email=email))
            if await arrives(f"{document}, first days", request["id"]):
                return True
            await step.do(f"remind of {document}", tools.documents.remind(id=request["id"]))
            return await arrives(f"{document}, last days", request["id"])

        async def arrives(name, request):
            try:
                await step.wait_for_event(name, "document.signed", where={"request": request}, timeout="5 days")
            except WaitTimeout:
                return False
            return True

        outcomes = await step.map(signed, documents)
        missing = [document for document, done in zip(documents, outcomes, strict=True) if not done]
        if missing:
            body = f"{email} has not signed: {', '.join(missing)}"
            await step.do("tell HR", tools.mail.send(to="hr@example.com", subject="Missing papers", body=body))
        return {"missing": missing}
