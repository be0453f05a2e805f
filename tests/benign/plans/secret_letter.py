import hashlib

from agentflow import Workflow, tools


class SecretLetter(Workflow):
    """Hand on a customer's data without showing them to whoever looks at the run."""

    async def run(self, event, step):
        customer = await step.do("load", tools.customers.get(id=event.payload["customer"]), sensitive=True)
        seal = hashlib.sha256(customer["email"].strip().lower().encode("utf-8")).hexdigest()
        await step.do(
            "file",
            tools.files.write(path=f"vault/{seal[:12]}.txt", data=f"{customer['name'].strip()}\n".encode("utf-16-le")),
            sensitive=True,
            retries={"limit": 1, "delay": 2, "backoff": "constant"},
        )
        return {"seal": seal[:12]}
