from agentflow import Workflow, tools


class Refused(Exception):
    def __init__(self, order, why):
        super().__init__(f"{order}: {why}")
        self.order = order
        self.why = why


class Handler:
    """How an order of some status is dealt with."""

    word = "?"

    def __init__(self, order):
        self.order = order

    def __str__(self):
        return f"{self.word} {self.order['id']}"

    def __lt__(self, other):
        return self.order["total"] < other.order["total"]

    def __eq__(self, other):
        return isinstance(other, Handler) and self.order["id"] == other.order["id"]

    @property
    def rich(self):
        return self.order["total"] > 100

    async def work(self, step):
        raise NotImplementedError


class Open(Handler):
    word = "ship"

    async def work(self, step):
        return await step.do(
            f"label {self.order['id']}", tools.shipping.label(order_id=self.order["id"], carrier=self.carrier)
        )

    @property
    def carrier(self):
        return "express" if self.rich else "post"


class Delivered(Handler):
    word = "thank"

    async def work(self, step):
        raise Refused(self.order["id"], "it has come")


class Lost(Open):
    word = "send again"

    def __str__(self):
        return super().__str__() + "!"

    async def work(self, step):
        await step.do(f"tell of {self.order['id']}", tools.chat.post(channel="#lost", text=str(self)))
        return await super().work(step)


HANDLERS = {"open": Open, "delivered": Delivered, "lost": Lost}


class Shapes(Workflow):
    """Deal with each order in the way that its status needs."""

    async def run(self, event, step):
        self.refused, done = [], []
        orders = [await step.do(f"load {id}", tools.orders.get(id=id)) for id in event.payload["orders"]]
        handlers = [HANDLERS[order["status"]](order) for order in orders]
        for handler in sorted(handlers, reverse=True):
            try:
                label = await handler.work(step)
            except Refused as refused:
                self.refused.append(refused.why)
            else:
                done.append(label["tracking"])
        return {
            "done": done,
            "refused": self.refused,
            "words": [str(handler) for handler in handlers],
            "same": handlers[0] == handlers[-1],
        }
