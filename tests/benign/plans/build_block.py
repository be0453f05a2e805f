from agentflow import StepTimeout, Workflow, tools


class BuildBlock(Workflow):
    """Give the whole of a move two hours; whoever has not agreed by then has had their time."""

    async def run(self, event, step):
        done = []
        try:
            async with step.timeout("2 hours"):
                for service in event.payload["services"]:
                    status = await step.do(f"status of {service}", tools.services.status(service=service))
                    await step.wait_for_event(f"owner of {service}", "owner.agrees", where={"service": service})
                    await step.do(
                        f"scale {service}", tools.services.scale(service=service, replicas=status["replicas"] + 1)
                    )
                    done.append(service)
        except StepTimeout:
            left = [service for service in event.payload["services"] if service not in done]
            await step.do("say what is left", tools.chat.post(channel="#ops", text=f"not moved: {', '.join(left)}"))
            return {"done": done, "left": left}
        return {"done": done, "left": []}
