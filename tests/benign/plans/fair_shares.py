import math
from decimal import ROUND_DOWN, Decimal, getcontext
from fractions import Fraction

from agentflow import Workflow, tools


class FairShares(Workflow):
    """Split a bill so that the cents add up."""

    async def run(self, event, step):
        getcontext().prec = 28
        total, weights = Decimal(event.payload["total"]), event.payload["weights"]
        whole = sum(Fraction(weight) for weight in weights.values())
        cent = Decimal("0.01")
        exact = {name: Fraction(weight) / whole * Fraction(total) for name, weight in weights.items()}
        shares = {
            name: (Decimal(part.numerator) / Decimal(part.denominator)).quantize(cent, rounding=ROUND_DOWN)
            for name, part in exact.items()
        }
        left = total - sum(shares.values())
        order = sorted(exact, key=lambda name: (Fraction(shares[name]) - exact[name], name))
        for name in order[: int(left / cent)]:
            shares[name] += cent
        for name, share in sorted(shares.items()):
            await step.do(f"post {name}", tools.ledger.post(account=name, amount=share, text="share"))
        assert sum(shares.values()) == total, "cents were lost"
        return {
            "shares": shares,
            "largest": max(shares, key=shares.get),
            "gcd": math.gcd(*(int(share * 100) for share in shares.values())),
        }
