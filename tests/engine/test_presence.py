from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from agentflow.engine.presence import Bells, Presence, alive, clear, folder, strays
from agentflow.errors import StorageError
from tests.fakes.waiting import until


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "a.db"


async def test_a_worker_is_alive_while_it_holds_its_lock(database: Path) -> None:
    presence = Presence(database, "worker_1")
    presence.enter(lambda: None)
    assert alive(database, "worker_1")
    presence.leave()
    assert not alive(database, "worker_1")


def test_the_kernel_frees_the_lock_of_a_process_that_is_killed(database: Path) -> None:
    program = (
        "import asyncio, sys, pathlib\n"
        "from agentflow.engine.presence import Presence\n"
        "async def main():\n"
        f"    Presence(pathlib.Path({str(database)!r}), 'worker_1').enter(lambda: None)\n"
        "    print('entered', flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"entered\n"
        assert alive(database, "worker_1")
        child.kill()
        child.wait()
    assert not alive(database, "worker_1")
    clear(database, "worker_1")
    assert list(folder(database).iterdir()) == []


async def test_a_ring_wakes_every_worker(database: Path) -> None:
    heard: list[str] = []
    workers = [Presence(database, f"worker_{name}") for name in "ab"]
    for presence, name in zip(workers, "ab", strict=True):
        presence.enter(lambda name=name: heard.append(name))  # type: ignore[misc]
    Bells(database).ring()
    await until(lambda: sorted(set(heard)) == ["a", "b"])
    for presence in workers:
        presence.leave()


def test_a_bell_that_nobody_hears_is_passed_over(database: Path) -> None:
    folder(database).mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as gone:
        gone.bind(str(folder(database) / "worker_gone.sock"))
    Bells(database).ring()


async def test_a_path_too_long_for_a_socket_leaves_the_lock_alone(tmp_path: Path) -> None:
    database = tmp_path / ("x" * 80) / "a.db"
    database.parent.mkdir()
    presence = Presence(database, "worker_1")
    presence.enter(lambda: None)
    assert alive(database, "worker_1")
    assert [path.suffix for path in folder(database).iterdir()] == [".lock"]
    presence.leave()


async def test_a_folder_that_cannot_be_made_is_refused_in_one_line(database: Path) -> None:
    folder(database).write_text("in the way")
    with pytest.raises(StorageError, match="must be writable"):
        Presence(database, "worker_1").enter(lambda: None)


async def test_a_worker_that_never_lived_is_not_alive(database: Path) -> None:
    assert not alive(database, "worker_1")


def test_old_locks_that_no_row_names_are_strays(database: Path) -> None:
    folder(database).mkdir()
    for name in ("old", "known", "young"):
        (folder(database) / f"{name}.lock").touch()
    for name in ("old", "known"):
        os.utime(folder(database) / f"{name}.lock", (0, 0))
    assert strays(database, {"known"}) == ["old"]


async def test_a_worker_that_comes_later_is_woken_too_and_ones_own_bell_stays_silent(database: Path) -> None:
    heard: list[str] = []
    own, other = (Presence(database, f"worker_{name}") for name in "ab")
    bells = Bells(database, "worker_a")
    bells.ring()
    own.enter(lambda: heard.append("a"))
    bells.ring()
    other.enter(lambda: heard.append("b"))
    bells.ring()
    await until(lambda: "b" in heard)
    assert heard == ["b"]
    for presence in (own, other):
        presence.leave()
