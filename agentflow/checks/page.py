"""The catalogue as a page of Markdown: docs/checks.md is what this gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from . import CHECKS, Check
from .check import FRAME

_HEAD = """\
# The checks

Made from `agentflow/checks/` by `make docs`: change it there.

A plan is checked before it is registered. `agentflow plan check FILE` says what is found, and
`agentflow plan check --explain CODE` prints one of these entries. An **error** refuses the plan. A **warning** is kept
with the version, for those who review it.

`--agent AGENT` checks with the tools of that agent, without which those entries are silent that say so. In a pipeline,
`--format github` marks the lines of a pull request, `--format sarif` is for code scanners and editors, and the exit
status is 4 where there are errors. What is found by trying a plan out is told by `agentflow plan try`, and to a model
that writes one. `--select` and `--ignore` take codes, names, or how some codes begin: `AF6`.

A warning can be silenced by a comment at the end of its line, or alone above it, which says why:

```python
        except Exception:  # agentflow: ignore[AF604] the order is only for the log
```

Silenced findings are kept with their reason. A comment that gives none, or that silences nothing, is a finding itself.

An example without a class is the body of `run` in this frame; its tools are some of a shop's.

```python
{frame}        ...
```
"""


def page(checks: Iterable[Check] = CHECKS.values()) -> str:
    """The whole page: a table of all checks, then each with its examples."""
    known = list(checks)
    return "\n".join([_HEAD.format(frame=FRAME), *_table(known), *(part for one in known for part in entry(one))])


def kind(check: Check) -> str:
    """What follows from a finding, and when there is one."""
    silenced = ", may be silenced" if check.suppressible else ""
    when = ", where the tools are known" if check.needs_tools else ", when the plan is tried out" if check.tried else ""
    return f"{check.severity}{silenced}{when}"


def _table(checks: Iterable[Check]) -> Iterator[str]:
    yield from ("| Code | Name | | What is wrong |", "|---|---|---|---|")
    for one in checks:
        yield f"| [{one.code}](#{one.code.lower()}-{one.name}) | `{one.name}` | {one.severity} | {one.wrong} |"


def entry(check: Check) -> Iterator[str]:
    """One check, as a section of the page."""
    yield f"\n## {check.code} {check.name}\n"
    yield f"{check.wrong} ({kind(check).capitalize()}.)\n"
    yield check.why
    for title, example in (("Bad", check.bad), ("Good", check.good)):
        if example:
            yield f"\n{title}:\n\n```python\n{example}```"
