from agentflow import StepFailed, Workflow, tools


class TripOrApology(Workflow):
    """Book a flight and a hotel; without a hotel, cancel the flight and say so."""

    async def run(self, event, step):
        p = event.payload
        flights = await step.do(
            "look for flights",
            tools.travel.flights(origin=p["origin"], destination=p["destination"], day=p["day"]),
        )
        cheapest, *others = sorted(flights, key=lambda flight: flight["price"])
        await step.do(
            "book the flight",
            tools.travel.book_flight(id=cheapest["id"], traveller=p["traveller"]),
            rollback=lambda result: tools.travel.cancel(booking=result["booking"]),
        )
        try:
            await step.do(
                "book the hotel",
                tools.travel.book_hotel(city=p["destination"], nights=p["nights"], traveller=p["traveller"]),
                retries={"limit": 2, "delay": 30},
            )
        except StepFailed as failed:
            await step.rollback("book the flight")
            await step.do(
                "apologise",
                tools.mail.send(
                    to=p["mail"],
                    subject=f"Your trip to {p['destination']}",
                    body=f"Your trip could not be booked ({failed.message}). The flight was cancelled again.",
                ),
            )
            return {"booked": False}
        return {"booked": True}
