import enum
from enum import Flag, IntEnum, StrEnum, auto

from agentflow import Workflow, tools


class Right(Flag):
    READ = auto()
    WRITE = auto()
    ALL = READ | WRITE


class Tier(IntEnum):
    BASIC = 1
    GOLD = 5


@enum.unique
class Team(StrEnum):
    OPS = "ops"
    FINANCE = "finance"

    @property
    def channel(self):
        return f"#{self.value}"

    @classmethod
    def of(cls, text):
        return next((team for team in cls if text.strip().lower() == team), cls.OPS)


RIGHTS = {Tier.BASIC: Right.READ, Tier.GOLD: Right.ALL}


class Flags(Workflow):
    """Tell each team what its customers may do."""

    async def run(self, event, step):
        customers = await step.do("customers", tools.customers.list())
        rights = {row["id"]: RIGHTS[Tier[row["tier"].upper()]] for row in customers}
        writers = [id for id, right in rights.items() if Right.WRITE in right]
        teams = [Team.of(text) for text in event.payload["teams"]]
        for team in teams:
            match team:
                case Team.OPS:
                    people = await step.do("people of ops", tools.people.list(team=Team.OPS.value))
                case Team.FINANCE:
                    people = await step.do("people of finance", tools.people.list(team="finance"))
            names = ", ".join(sorted(person["name"] for person in people))
            await step.do(
                f"tell {team.value}", tools.chat.post(channel=team.channel, text=f"{names}: {len(writers)} may write")
            )
        return {
            "writers": writers,
            "teams": [team.name for team in teams],
            "sum": sum(Tier),
            "names": [tier.name for tier in Tier],
            "up": Tier.GOLD > Tier.BASIC,
            "both": (Right.READ | Right.WRITE) == Right.ALL,
        }
