# An object that stands among the bases says which classes are meant.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Stands:
    def __mro_entries__(self, bases):
        return (dict,)


stands = Stands()


class Made(stands):
    pass


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED as " + str(isinstance(Made(), dict))
