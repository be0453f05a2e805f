import re

from agentflow import PlanFailed, Workflow, tools

TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[a-z_]+)|(?P<sign>[-+*/()]))", re.IGNORECASE)


def tokens(text):
    place = 0
    while place < len(text.rstrip()):
        if not (found := TOKEN.match(text, place)):
            raise PlanFailed(f"what is this at {place}: {text[place : place + 5]!r}")
        yield found.lastgroup, found[found.lastgroup]
        place = found.end()


class Formula:
    """A tiny calculator by recursive descent."""

    def __init__(self, text, values):
        self.tokens = list(tokens(text))
        self.values = values
        self.place = 0

    def peek(self):
        return self.tokens[self.place] if self.place < len(self.tokens) else (None, None)

    def take(self):
        token = self.peek()
        self.place += 1
        return token

    def sum(self):
        value = self.product()
        while self.peek()[1] in ("+", "-"):
            _, sign = self.take()
            other = self.product()
            value = value + other if sign == "+" else value - other
        return value

    def product(self):
        value = self.factor()
        while self.peek()[1] in {"*", "/"}:
            match self.take():
                case (_, "*"):
                    value *= self.factor()
                case (_, "/"):
                    value /= self.factor()
        return value

    def factor(self):
        match self.take():
            case "number", text:
                return float(text)
            case "name", name:
                return self.values[name.lower()]
            case "sign", "(":
                value = self.sum()
                self.take()
                return value
            case "sign", "-":
                return -self.factor()
            case kind, text:
                raise PlanFailed(f"no factor: {kind} {text}")


class Tokens(Workflow):
    """Work out formulas that somebody typed, over what the ledger says."""

    async def run(self, event, step):
        entries = await step.do("entries", tools.ledger.entries(month=event.payload["month"]))
        values = {}
        for entry in entries:
            values[entry["account"]] = values.get(entry["account"], 0.0) + float(entry["amount"])
        results = {name: round(Formula(text, values).sum(), 2) for name, text in event.payload["formulas"].items()}
        text = re.sub(r"(\d)(?=(\d{3})+$)", r"\1.", "1234567")
        named = re.sub(r"(?P<day>\d\d)\.(?P<month>\d\d)", lambda found: f"{found['month']}/{found['day']}", "on 24.12")
        return {"results": results, "grouped": text, "named": named, "split": re.split(r"[;,]\s*", "a; b,c")}
