from agentflow import PlanFailed, StepFailed, Workflow, tools


class Trip(Workflow):
    """Books both at once, always asks, and cancels by hand what is left."""

    async def run(self, event, step):
        city, day, nights, who = (event.payload[key] for key in ("city", "day", "nights", "traveller"))
        flights = await step.do("flights", tools.flights.find(origin="Hamburg", destination=city, day=day))
        hotels = await step.do("hotels", tools.hotels.find(city=city, day=day, nights=nights))
        calls = [
            tools.hotels.book(id=hotels[0]["id"], day=day, nights=nights, traveller=who),
            tools.flights.book(id=flights[0]["id"], traveller=who),
        ]
        agreed = await step.wait_for_approval("book?", f"Book the trip of {who}?", call=calls)
        hotel, flight = await step.gather(
            step.do("hotel", agreed.calls[0]), step.do("flight", agreed.calls[1]), return_exceptions=True
        )
        if isinstance(hotel, StepFailed) or isinstance(flight, StepFailed):
            if not isinstance(flight, StepFailed):
                await step.do("cancel flight", tools.flights.cancel(booking=flight["booking"]))
            if not isinstance(hotel, StepFailed):
                await step.do("cancel hotel", tools.hotels.cancel(booking=hotel["booking"]))
            raise PlanFailed("not everything could be booked")
        body = f"Hotel {hotel['booking']}, flight {flight['booking']}"
        await step.do("mail", tools.mail.send(to=who, subject="Trip", body=body))
