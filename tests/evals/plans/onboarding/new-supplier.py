from agentflow import ApprovalExpired, StepFailed, Workflow, tools


class NewSupplier(Workflow):
    """Check a supplier, and let a colleague decide what is unclear."""

    async def run(self, event, step):
        company, iban = event.payload["company"], event.payload["iban"]
        findings = await step.gather(
            step.do("sanctions", tools.checks.sanctions(company=company)),
            step.do("register", tools.checks.register(company=company)),
            step.do("bank", tools.checks.bank(company=company, iban=iban)),
            return_exceptions=True,
        )
        results = ["unclear" if isinstance(one, StepFailed) else one["result"] for one in findings]
        if "fail" in results:
            return {"decision": "rejected"}
        if "unclear" in results and not await self.accepted(step, company, results):
            return {"decision": "rejected"}
        await step.do("create it", tools.suppliers.create(company=company, iban=iban))
        return {"decision": "accepted"}

    async def accepted(self, step, company, results):
        said = ", ".join(
            f"{name} {result}" for name, result in zip(("sanctions", "register", "bank"), results, strict=True)
        )
        try:
            choice = await step.ask("accept it?", f"Accept {company}? The checks say: {said}.", ["accept", "reject"])
        except ApprovalExpired:
            return False
        return choice == "accept"
