from agentflow import ApprovalExpired, ApprovalRejected, PlanFailed, Workflow, tools


class Trip(Workflow):
    """Book flight and hotel, or neither."""

    async def run(self, event, step):
        city, day, nights = event.payload["city"], event.payload["day"], event.payload["nights"]
        traveller = event.payload["traveller"]
        flights, hotels = await step.gather(
            step.do("find flights", tools.flights.find(origin="Hamburg", destination=city, day=day)),
            step.do("find hotels", tools.hotels.find(city=city, day=day, nights=nights)),
        )
        if not flights or not hotels:
            raise PlanFailed(f"there is no flight to {city} or no hotel there")
        flight = min(flights, key=lambda one: one["price"])
        hotel = min(hotels, key=lambda one: one["price"])
        calls = [
            tools.flights.book(id=flight["id"], traveller=traveller),
            tools.hotels.book(id=hotel["id"], day=day, nights=nights, traveller=traveller),
        ]
        price = flight["price"] + hotel["price"]
        if price > event.payload["budget"]:
            try:
                question = f"The trip of {traveller} to {city} costs {price} EUR, more than its budget. Book it?"
                calls = (await step.wait_for_approval("agree to the trip", question, call=calls)).calls
            except (ApprovalRejected, ApprovalExpired):
                return {"booked": False}
        ticket = await step.do(
            "book the flight", calls[0], rollback=lambda result: tools.flights.cancel(booking=result["booking"])
        )
        room = await step.do(
            "book the hotel", calls[1], rollback=lambda result: tools.hotels.cancel(booking=result["booking"])
        )
        body = f"Your flight: {ticket['booking']}. Your hotel: {room['booking']}."
        await step.do("tell the traveller", tools.mail.send(to=traveller, subject=f"{city}, {day}", body=body))
        return {"booked": True, "flight": ticket["booking"], "hotel": room["booking"]}
