# A keyword of a class statement goes to a hook of its base.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow

SEEN = []


class Base:
    def __init_subclass__(cls, **keywords):
        SEEN.append(keywords)


class Made(Base, word="ESCAPED by a keyword"):
    pass


class Plan(Workflow):
    async def run(self, event, step):
        return SEEN
