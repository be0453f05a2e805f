"""Defects of runs that leave the house: what is sensitive goes along, or what came in is believed."""

from __future__ import annotations

from .defects import Defect

APP = ("tests/app/test_recordings.py",)
COVERING = ("tests/dispatch/test_covering.py",)
READING = ("tests/dispatch/test_reading.py",)

RECORDINGS = (
    Defect(
        "copies of what is sensitive are told",
        "agentflow/dispatch/covering.py",
        "                return self._clean(document)\n",
        "                return document\n",
        COVERING,
    ),
    Defect(
        "what a sensitive step gave is told",
        "agentflow/dispatch/recording.py",
        '        told["ok"] = cover.whole(body["ok"])\n',
        '        told["ok"] = cover.copies(body["ok"])\n',
        APP,
    ),
    Defect(
        "what people wrote at a question is told as it is",
        "agentflow/dispatch/recording.py",
        '"comment": cover.copies(said.get("comment"))',
        '"comment": said.get("comment")',
        APP,
    ),
    Defect(
        "a document that was edited passes for what happened",
        "agentflow/dispatch/reading.py",
        'document.get("digest") == sealed(document)["digest"]',
        "True",
        READING,
    ),
    Defect(
        "arguments of which there are only placeholders are compared",
        "agentflow/dispatch/replaying.py",
        "said = _outline if was and was.key in hidden else identity",
        "said = identity",
        APP,
    ),
)
