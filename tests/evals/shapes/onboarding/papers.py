from agentflow import StepTimeout, Workflow, tools


class Papers(Workflow):
    """One loop over all signatures, in two blocks of five days."""

    async def run(self, event, step):
        requests = {}
        for document in event.payload["documents"]:
            ask = tools.documents.request(document=document, email=event.payload["email"])
            requests[(await step.do(f"request {document}", ask))["id"]] = document
        await self.collect(step, requests)
        for id in list(requests):
            await step.do(f"remind of {requests[id]}", tools.documents.remind(id=id))
        await self.collect(step, requests)
        missing = list(requests.values())
        if missing:
            mail = tools.mail.send(to="hr@example.com", subject="Papers", body="\n".join(missing))
            await step.do("mail HR", mail)
        return {"missing": missing}

    async def collect(self, step, requests):
        try:
            async with step.timeout("5 days"):
                while requests:
                    signed = await step.wait_for_event("a signature", "document.signed", timeout="10 days")
                    requests.pop(signed.payload["request"], None)
        except StepTimeout:
            await step.progress(f"{len(requests)} are not signed")
