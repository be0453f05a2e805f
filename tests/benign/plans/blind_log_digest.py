import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from agentflow import Workflow, tools

LINE = re.compile(r"(?P<at>\d.*?) (?P<level>[A-Z]+) (?P<message>.+)")


class Entry(NamedTuple):
    at: datetime
    level: str
    message: str


def parse(log: str) -> Iterator[Entry]:
    for line in log.splitlines():
        if found := LINE.fullmatch(line.strip()):
            yield Entry(datetime.fromisoformat(found["at"]), found["level"], found["message"])


class LogDigest(Workflow):
    """Count what a log says and post a digest."""

    async def run(self, event, step):
        path = event.payload["file"]
        raw = await step.do("read the log", tools.files.read(path=path))
        entries = list(parse(raw.decode()))

        levels = Counter(entry.level for entry in entries)
        errors = Counter(re.sub(r"\d+", "#", entry.message) for entry in entries if entry.level == "ERROR")
        seconds = (entries[-1].at - entries[0].at).total_seconds() if entries else 0

        digest = [f"{path}: {len(entries)} lines in {seconds:.0f} s"]
        digest += [f"{level}: {count}" for level, count in levels.most_common()]
        digest += [f"{count} x {message}" for message, count in errors.most_common(10)]
        await step.do("post the digest", tools.chat.post(channel="#ops", text="\n".join(digest)))
        return {"levels": dict(levels), "errors": dict(errors), "seconds": seconds}
