from agentflow import StepFailed, Workflow, WorkflowError, tools


class Missing(KeyError):
    pass


class TidyEnd(Workflow):
    """Look up what may be missing, and tidy up whatever happens."""

    async def run(self, event, step):
        log = []

        async def load(id):
            try:
                return await step.do(f"load {id}", tools.orders.get(id=id), retries={"limit": 1, "delay": 1})
            except StepFailed as failed:
                log.append(f"{failed.step} {failed.attempts} {failed.type}")
                raise Missing(id) from failed
            finally:
                log.append(f"done with {id}")

        found = []
        for id in event.payload["orders"]:
            try:
                order = await load(id)
            except Missing as missing:
                log.append(f"missing {missing.args[0]}")
                continue
            else:
                found.append(order["id"])
            finally:
                log.append("next")
        both = await step.gather(
            step.do("good", tools.orders.get(id="o-1")),
            step.do("bad", tools.orders.get(id="o-99"), retries={"limit": 0}),
            return_exceptions=True,
        )
        errors = [one for one in both if isinstance(one, WorkflowError)]
        try:
            event.payload["orders"][99]
        except (IndexError, LookupError) as error:
            log.append(repr(error))
        return {"found": found, "log": log, "errors": [error.message for error in errors]}
