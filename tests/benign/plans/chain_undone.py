from agentflow import PlanFailed, Workflow, tools


class ChainUndone(Workflow):
    """Book a fair: hotel, stand, goods. What was booked is given back when the stand is refused."""

    async def run(self, event, step):
        city = event.payload["city"]
        hotel = await step.do(
            "hotel",
            tools.travel.book_hotel(city=city, nights=2, traveller="fair"),
            rollback=lambda result: tools.travel.cancel(booking=result["booking"]),
        )
        goods = []
        for sku, count in event.payload["goods"].items():
            goods.append(
                await step.do(
                    f"goods {sku}",
                    tools.stock.reserve(sku=sku, count=count),
                    rollback=lambda result: tools.stock.release(id=result["id"]) if result["count"] else None,
                )
            )
        await step.do("note", tools.chat.post(channel="#fair", text=f"{hotel['booking']} and {len(goods)} goods"))
        answer = await step.ask("stand", "Do we get a stand?", ["yes", "no"])
        if answer == "no":
            raise PlanFailed(f"no stand in {city}")
        return {"hotel": hotel, "goods": goods}
