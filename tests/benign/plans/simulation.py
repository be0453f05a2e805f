import math
import random
import statistics
import time
import uuid

from agentflow import Workflow, tools


class Simulation(Workflow):
    """Guess how long a queue gets, with random numbers that are the same on every replay."""

    async def run(self, event, step):
        own = random.Random(event.payload["seed"])
        waits = [own.expovariate(1 / 3) for _ in range(500)]
        await step.sleep("let others think", "1 minute")
        rolls = [random.randint(1, 6) for _ in range(10)]
        picked = random.sample(range(100), 5)
        deck = list("abcdef")
        random.shuffle(deck)
        token, other = uuid.uuid4(), step.uuid()
        lucky = step.random() < 1.0
        before = time.time()
        await step.sleep("once more", 90)
        quart = statistics.quantiles(waits, n=4)
        await step.do("file", tools.files.write(path=f"{token}.txt", data=repr((rolls, picked, deck))))
        return {
            "mean": round(statistics.fmean(waits), 3),
            "ordered": quart == sorted(quart),
            "spread": statistics.pstdev(waits) > 0,
            "rolls": all(1 <= roll <= 6 for roll in rolls),
            "deck": sorted(deck),
            "differ": str(token) != other,
            "lucky": lucky,
            "passed": time.time() - before,
            "log": math.floor(math.log2(1024)) + math.ceil(math.sqrt(2)) + math.comb(5, 2),
        }
