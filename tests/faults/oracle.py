"""What a meeting must have come to: folded in the test's process from the lines that were sent."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable
from typing import Any

from bot.model import Actor, Kind, Line
from plugins.meetings.effects import Effect, Redact, Say
from plugins.meetings.meeting import Meeting
from plugins.meetings.opening import Opening

_PASSING = frozenset({"time", "started", "ended", "line", "id", "key", "since", "until", "closed", "opened"})
_TIME = re.compile(r"\d\d:\d\d:\d\d")
Fact = tuple[str, str, str]


def fact(kind: str, nick: str, text: str) -> Fact:
    """A line without its time, also where a redaction wrote the time into it."""
    return kind, nick, _TIME.sub("??:??:??", text) if "[redacted by " in text else text


class Oracle:
    """The meeting as it must stand after the lines it was given."""

    def __init__(self, present: Iterable[Actor]) -> None:
        self._present = tuple(present)
        self.lines: list[Line] = []
        self.facts: list[Fact] = []
        self.meeting: Meeting

    def feed(self, line: Line) -> list[str]:
        """One more line; what Muster must say in the room about it."""
        if not self.lines:
            opening = Opening(id="oracle", own_nick="muster", present=self._present)
            self.meeting, effects = Meeting.start(line, opening)
        else:
            effects = self.meeting.apply(line)
        self.lines.append(line)
        if line.kind is not Kind.NOTE:
            self.facts.append(fact(line.kind.value, line.actor.nick, line.text))
        self._redact(effects)
        return [effect.text for effect in effects if isinstance(effect, Say)]

    def _redact(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Redact):
                for number, text in effect.lines:
                    kind, nick, _ = self.facts[number - 1]
                    self.facts[number - 1] = fact(kind, nick, text)

    def forget_after(self, count: int) -> list[Line]:
        """Only the first ``count`` lines came through; the lines that did not."""
        kept, lost = self.lines[:count], self.lines[count:]
        self.lines, self.facts = [], []
        for line in kept:
            self.feed(line)
        return lost


def essence(minutes: Any) -> Any:
    """Minutes, or their JSON, without what only a clock and Muster's own lines decide."""
    if dataclasses.is_dataclass(minutes) and not isinstance(minutes, type):
        minutes = json.loads(json.dumps(dataclasses.asdict(minutes), default=str))
    if isinstance(minutes, dict):
        return {name: essence(value) for name, value in minutes.items() if name not in _PASSING}
    if isinstance(minutes, list):
        return [essence(value) for value in minutes]
    return _TIME.sub("??:??:??", minutes) if isinstance(minutes, str) else minutes
