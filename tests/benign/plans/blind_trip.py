from datetime import datetime

from agentflow import PlanFailed, Workflow, tools


class Trip(Workflow):
    """Book a morning flight and a hotel."""

    async def run(self, event, step):
        trip = event.payload
        flights = await step.do(
            "look for flights",
            tools.travel.flights(origin=trip["origin"], destination=trip["destination"], day=trip["day"]),
        )
        suitable = [flight for flight in flights if self.suits(flight)]
        if not suitable:
            raise PlanFailed("there is no flight without stops before noon")
        best = min(suitable, key=lambda flight: (flight["price"], flight["departs"]))

        flight = await step.do(
            "book the flight",
            tools.travel.book_flight(id=best["id"], traveller=trip["traveller"]),
            rollback=lambda booked: tools.travel.cancel(booking=booked["booking"]),
        )
        hotel = await step.do(
            "book the hotel",
            tools.travel.book_hotel(city=trip["destination"], nights=trip["nights"], traveller=trip["traveller"]),
            retries={"limit": 3, "delay": "1 minute"},
            rollback=lambda booked: tools.travel.cancel(booking=booked["booking"]),
        )
        return {"flight": flight["booking"], "hotel": hotel["booking"]}

    def suits(self, flight) -> bool:
        return flight["stops"] == 0 and datetime.fromisoformat(flight["departs"]).hour < 12
