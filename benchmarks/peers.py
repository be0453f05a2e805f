"""The peers, each in a process of its own, doing the same work: async steps that return 100 bytes, flushed one by one.

DBOS on SQLite, and LangGraph with its SQLite checkpointer and `durability="sync"`.
"""

from __future__ import annotations

import asyncio
import json
import operator
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypedDict

from .stage import HUNDRED

Run = Callable[[str, int], Awaitable[Any]]
"""One run with this id and so many steps, from its creation to its completion."""
LEDGER: Counter[str] = Counter()


def peer(name: str, folder: Path, steps: int, runs: int) -> tuple[float, float]:
    """Sequential steps per second, and five-step runs per second at 50 at a time."""
    folder.mkdir()
    command = [sys.executable, "-m", "benchmarks.peers", name, str(folder), str(steps), str(runs)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    sequential, short = json.loads(told.splitlines()[-1])
    return float(sequential), float(short)


async def _measured(run: Run, steps: int, runs: int) -> tuple[float, float]:
    await run("warm", 5)
    begun = time.perf_counter()
    await run("long", steps)
    sequential = steps / (time.perf_counter() - begun)
    numbers = iter(range(runs))
    begun = time.perf_counter()
    await asyncio.gather(*(_one_by_one(run, numbers) for _ in range(50)))
    short = runs / (time.perf_counter() - begun)
    assert len(LEDGER) == 5 + steps + 5 * runs
    assert set(LEDGER.values()) == {1}
    return sequential, short


async def _one_by_one(run: Run, numbers: Iterator[int]) -> None:
    for number in numbers:
        await run(f"short{number}", 5)


@asynccontextmanager
async def _dbos(folder: Path) -> Any:
    from dbos import DBOS

    DBOS(config={"name": "bench", "system_database_url": f"sqlite:///{folder}/dbos.db"})

    @DBOS.step()
    async def work(run: str, number: int) -> str:
        LEDGER[f"{run}:{number}"] += 1
        return HUNDRED

    @DBOS.workflow()
    async def flow(run: str, steps: int) -> None:
        for number in range(steps):
            await work(run, number)

    DBOS.launch()
    try:
        yield flow
    finally:
        DBOS.destroy()


class State(TypedDict):
    """What a LangGraph run keeps; each step's result is appended."""

    run: str
    left: int
    result: Annotated[str, lambda old, new: new]
    done: Annotated[int, operator.add]


@asynccontextmanager
async def _langgraph(folder: Path) -> Any:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
    from langgraph.graph import END, START, StateGraph

    async def work(state: State) -> dict[str, Any]:
        LEDGER[f"{state['run']}:{state['done']}"] += 1
        return {"left": state["left"] - 1, "result": HUNDRED, "done": 1}

    graph = StateGraph(State)
    graph.add_node("work", work)
    graph.add_edge(START, "work")
    graph.add_conditional_edges("work", lambda state: "work" if state["left"] else END)
    async with AsyncSqliteSaver.from_conn_string(str(folder / "langgraph.db")) as saver:
        compiled = graph.compile(checkpointer=saver)

        async def run(id: str, steps: int) -> None:
            config = {"configurable": {"thread_id": id}, "recursion_limit": steps + 10}
            begin = {"run": id, "left": steps, "result": "", "done": 0}
            await compiled.ainvoke(begin, config, durability="sync")

        yield run


async def _main(name: str, folder: Path, steps: int, runs: int) -> None:
    async with {"dbos": _dbos, "langgraph": _langgraph}[name](folder) as run:
        print(json.dumps(await _measured(run, steps, runs)))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
