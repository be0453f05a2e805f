"""Whether an open house can work now, and is one that asks for keys, for those who look after it."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import StorageError
from ..sandbox import Layers
from .doors import Doors
from .engines import engine_words


async def layers(flow: Doors) -> Layers:
    """What holds a plan's process on this machine: None for each layer that holds, else why it does not."""
    return await flow._house.sandbox.layers()


def parts(flow: Doors) -> dict[str, str]:
    """Where the database is and which engine works on it, without a password, in the words of `agentflow doctor`."""
    house = flow._house
    place = house.store.place
    return {"Database": place, "Engine": engine_words(place, house.settings.engine)}


async def guarded(flow: Doors) -> bool:
    """Whether a key was ever made here, so that whoever asks over a network has to show one."""
    return await flow._house.store.row("some_key") is not None


def worker(flow: Doors) -> str:
    """The id of the worker of this process, where it is one."""
    return flow._house.engine.worker


async def unready(flow: Doors) -> Sequence[str]:
    """Why it cannot work, one line each: the database cannot be written, or no worker is alive."""
    house = flow._house
    try:
        await house.store.write([])
        alive = await house.engine.alive()
    except StorageError as error:
        return [str(error)]
    return [] if alive else ["no worker is alive: start one with `agentflow worker`"]
