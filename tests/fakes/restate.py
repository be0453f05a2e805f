"""A Restate server of a test's own: real, in a folder, on ports that nobody else has; or a cluster of such."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

import httpx2

from agentflow.settings import EngineSettings

NPM = Path(__file__).parents[2] / ".venv/restate/node_modules/@restatedev"
"""Where `make restate` puts it."""
WITHOUT = "left out: there is no Restate here: make restate (it needs npm; on Debian or Ubuntu: apt-get install npm)"
PATIENCE = 90.0
"""Seconds that a server has to start, and to answer. Alone it needs one, a cluster three; a busy machine needs more."""
_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 16
_PORTS = cycle(random.sample(range(12_000 + _PROCESS, 32_000, 16), 1_250))
"""Below those that the kernel gives to clients: a port stays free while its server is down. Each process of tests has
its own, and gives none to two: between the choice and the server that listens there, nobody would see it taken."""
_CONFIGURATION = """
node-name = "{name}"
cluster-name = "{cluster}"
auto-provision = {founds}
base-dir = "{folder}"
default-num-partitions = 4
default-replication = {copies}
disable-telemetry = true
listen-mode = "tcp"
bind-ip = "127.0.0.1"
bind-port = {port}
advertised-address = "{address}"
log-filter = "warn,restate=info"
log-format = "compact"
log-disable-ansi-codes = true
rocksdb-total-memory-size = "128.0 MiB"
gossip-suspect-interval = "500ms"
[metadata-client]
addresses = {addresses}
[admin]
bind-port = {admin}
disable-web-ui = true
[ingress]
bind-port = {ingress}
[log-server]
rocksdb-disable-wal-fsync = true # processes are killed here, machines are not
"""


def found() -> Path | None:
    """The server's program, if it is there."""
    known = shutil.which("restate-server")
    return Path(known) if known else next(NPM.glob("restate-server-*/bin/restate-server"), None)


def memory(pid: int) -> int:
    """The bytes that a process has in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def free_ports(count: int) -> list[int]:
    """So many ports on which nobody listens."""
    return list(islice(filter(_is_free, _PORTS), count))


def _is_free(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) != 0


class Server:
    """A server: alone, or the node on the `n`-th of these ports, by which they talk with each other."""

    def __init__(self, folder: Path, ports: Sequence[int] = (), n: int = 0) -> None:
        program = found()
        assert program is not None
        self._fabric = ports or free_ports(1)
        self._admin, self._ingress = free_ports(2)
        self.url, self.admin_url = f"http://127.0.0.1:{self._ingress}", f"http://127.0.0.1:{self._admin}"
        self.log, self._data, file = folder / f"n{n}.log", folder / f"n{n}", folder / f"n{n}.toml"
        file.write_text(self._configured(folder.name, n))
        self._words: list[str | Path] = ["setpriv", "--pdeathsig", "KILL", program, "--no-logo", "--config-file", file]
        self._process: subprocess.Popen[bytes] | None = None

    def engine(self, service: str | None = None) -> EngineSettings:
        """How workers of a test's own are reached: on a port and, where none is given, by a name of their own."""
        [port] = free_ports(1)
        return EngineSettings(
            kind="restate",
            restate_url=self.url,
            restate_admin_url=self.admin_url,
            listen=f"127.0.0.1:{port}",
            service=service or f"agentflow{port}",
        )

    def start(self) -> None:
        """It runs, and answers."""
        self.begin()
        self.wait()

    def begin(self) -> None:
        """It runs."""
        assert self._process is None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._words, stdout=log, stderr=log)

    def wait(self) -> None:
        """Return when it answers."""
        end = time.monotonic() + PATIENCE
        while not (_answers(f"{self.admin_url}/health") and _answers(f"{self.url}/restate/health")):
            assert self._process is not None
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        """It ends without a word, as by a crash. What it has stored is there when it starts again."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def signal(self, number: int) -> None:
        """Tell its process."""
        assert self._process is not None
        self._process.send_signal(number)

    def wipe(self) -> None:
        """It is killed, and its volume is lost."""
        self.kill()
        shutil.rmtree(self._data)

    def calls(self, service: str) -> int | None:
        """How many calls of this service it knows of; None while it begins, and cannot say."""
        asked = {"query": f"SELECT id FROM sys_invocation WHERE target_service_name = '{service}'"}
        answer = httpx2.post(
            f"{self.admin_url}/query", json=asked, headers={"accept": "application/json"}, timeout=PATIENCE
        )
        return len(answer.json()["rows"]) if answer.is_success else None

    def memory(self) -> int:
        """The bytes that it has in memory."""
        assert self._process is not None
        return memory(self._process.pid)

    def ends(self) -> None:
        """It does not run any more."""
        if self._process is not None:
            self.kill()

    def _configured(self, cluster: str, n: int) -> str:
        addresses = [f"http://127.0.0.1:{port}" for port in self._fabric]
        return _CONFIGURATION.format(
            name=f"n{n}",
            cluster=cluster,
            founds=json.dumps(n == 0),
            folder=self._data,
            copies=min(2, len(addresses)),
            port=self._fabric[n],
            address=addresses[n],
            addresses=json.dumps(addresses),
            admin=self._admin,
            ingress=self._ingress,
        )


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=1).is_success
    except httpx2.TransportError:
        return False


@contextmanager
def running() -> Iterator[Server]:
    """A server, for as long as it is used."""
    with cluster(1) as [server]:
        yield server


@contextmanager
def cluster(nodes: int = 3) -> Iterator[list[Server]]:
    """So many nodes that keep everything twice: one of three may be lost."""
    with tempfile.TemporaryDirectory(prefix="restate") as folder:
        ports = free_ports(nodes)
        servers = [Server(Path(folder), ports, n) for n in range(nodes)]
        try:
            for server in servers:
                server.begin()
            for server in servers:
                server.wait()
            yield servers
        finally:
            for server in servers:
                server.ends()
