from collections import defaultdict

from agentflow import Workflow, tools


def cleaned(customer: dict) -> dict[str, str]:
    return {
        "name": " ".join(customer["name"].split()).title(),
        "email": customer["email"].strip().lower(),
    }


class CleanCustomers(Workflow):
    """Tidy names and addresses, then look for doubles."""

    async def run(self, event, step):
        customers = await step.do("list the customers", tools.customers.list())
        clean = {customer["id"]: cleaned(customer) for customer in customers}

        changes = {}
        for customer in customers:
            key = customer["id"]
            if fields := {field: value for field, value in clean[key].items() if value != customer[field]}:
                changes[key] = fields

        async def change(item):
            key, fields = item
            return await step.do(f"clean {key}", tools.customers.update(id=key, fields=fields))

        await step.map(change, changes.items(), concurrency=4)

        same = defaultdict(list)
        for key, fields in clean.items():
            same[fields["name"], fields["email"]].append(key)
        doubles = sorted(sorted(keys) for keys in same.values() if len(keys) > 1)
        return {"changed": sorted(changes), "doubles": doubles}
