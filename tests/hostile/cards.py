"""Hostile plans as they lie in `plans/`: each with a header that says what it tries, and what stops it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PLANS = Path(__file__).parent / "plans"
LAYERS = {
    "policy": "what a plan may be written in: the policy and the rules of the validator",
    "guards": "what its code can reach at run time: builtins, facades, hooks, the plan API's own checks",
    "activation": "a namespace, contexts and decoded values of its own for each run; a process for each agent version",
    "process": "a process of its own, which may die",
    "environment": "an empty environment and a fixed hash seed",
    "host": "what the host checks of all that a guest says; `part` names the check",
    "watchdog": "wall clock and processor time of each turn",
    "rlimits": "memory, descriptors, processes, file sizes, core dumps",
    "seccomp": "the filter of system calls",
    "landlock": "no right to any file, port or socket",
    "namespaces": "no network, no mounts, no messages of others",
    "descriptors": "no open file but the socket",
    "no-new-privileges": "no program makes it more than it is",
    "capabilities": "none of root's rights",
    "dumpable": "no other process of this user may look into it",
    "uid": "another user than root",
}
KEYS = frozenset(
    {"layer", "part", "assume", "stopped", "times", "runs", "approves", "memory", "seconds", "needs", "shows"}
)
"""`part`: which checks of the layer. `assume`: layers that count as broken, in both runs. `stopped`: how it shows.
`times`: how often a part between two `@@` comes. `runs`, `approves`: how many runs there are, and how many questions a
person says yes to. `memory`, `seconds`: the limits of the guest. `needs`: `root`, where only root can show it.
`shows`: `blocked`, where the effect is that the host is busy with nothing else."""
_REPEATED = re.compile(r"@@(.+?)@@", re.DOTALL)


@dataclass(frozen=True)
class Card:
    """One hostile plan, and what its header says of it."""

    path: Path

    @property
    def category(self) -> str:
        return self.path.parent.name

    @property
    def name(self) -> str:
        return f"{self.category}/{self.path.stem}"

    @cached_property
    def text(self) -> str:
        return self.path.read_bytes().decode(errors="surrogatepass")

    @cached_property
    def head(self) -> list[str]:
        """The lines of the header, without their signs."""
        lines = []
        for line in self.text.split("\n"):
            if not line.startswith("# "):
                break
            lines.append(line[2:].strip())
        return lines

    @property
    def idea(self) -> str:
        return self.head[0]

    @cached_property
    def fields(self) -> dict[str, str]:
        return dict((part.strip() for part in line.split(":", 1)) for line in self.head[1:])  # type: ignore[misc]

    @property
    def layer(self) -> str:
        return self.fields["layer"]

    @property
    def parts(self) -> list[str]:
        """Which checks of the layer, where they are told apart."""
        return self.fields["part"].split(", ") if "part" in self.fields else []

    @property
    def assumed(self) -> frozenset[str]:
        """Layers that count as broken already, in both runs."""
        return frozenset(self.fields["assume"].split(", ")) if "assume" in self.fields else frozenset()

    @property
    def stopped(self) -> str:
        """How it shows: a finding's code, the type of the run's error, the name of a limit, a status."""
        return self.fields["stopped"]

    def number(self, key: str, default: float) -> float:
        return float(self.fields.get(key, default))

    @cached_property
    def source(self) -> str:
        """What is handed in: a part between two `@@` comes as often as `times` says, with its number for `{n}`."""
        times = int(self.number("times", 1))
        return _REPEATED.sub(lambda part: "".join(part[1].replace("{n}", str(n)) for n in range(times)), self.text)

    @property
    def needs_root(self) -> bool:
        """Whether only root can show it: another user has nothing to give up."""
        return self.fields.get("needs") == "root"

    @cached_property
    def tree(self) -> str:
        """Its tree, without the words by which it says that it has got out: two plans of one tree are one idea."""
        try:
            return re.sub(r"ESCAPED[^'\"]*", "", ast.dump(ast.parse(self.text.replace("@@", "").replace("{n}", "n"))))
        except SyntaxError:
            return self.text


def every_card() -> list[Card]:
    """All hostile plans, by name."""
    return [Card(path) for path in sorted(PLANS.glob("*/*.py"))]
