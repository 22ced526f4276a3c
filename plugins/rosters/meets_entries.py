"""When a team meets, in a roster's file: words, or words with the days that are otherwise. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import yaml

from bot.recurrence import YEARS, is_day_of
from plugins.rosters.entries import Reading, read_day, tried
from plugins.rosters.nodes import is_null, kind_of, shown
from plugins.rosters.recurrence import SaidMeets, read_meets
from plugins.rosters.roster import Meets

_SERIES = ("when", "start", "minutes", "cancelled", "moved")
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")


def read_series(reading: Reading, node: yaml.Node, what: str, zone: str) -> Iterator[SaidMeets]:
    """The series of a team; ``zone`` is the team's."""
    if is_null(node):
        return
    for one in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        if isinstance(one, yaml.MappingNode):
            found = _series(reading, one, f"{what}: meets", zone)
        elif isinstance(one, yaml.ScalarNode):
            found = _when(reading, one, f"{what}: meets", zone)
        else:
            reading.nodes.wrong(one, f"{what}: meets must be texts or mappings, not {kind_of(one)}")
            found = None
        if found is not None:
            yield found


def _when(reading: Reading, node: yaml.Node, what: str, zone: str) -> SaidMeets | None:
    said = reading.nodes.text(node, what)
    if said is None:
        return None
    return tried(reading, node, what, lambda: read_meets(said, reading.today, zone or reading.zone))


def _series(reading: Reading, node: yaml.MappingNode, what: str, zone: str) -> SaidMeets | None:
    nodes = reading.nodes
    parts = {part: value for part, _, value in nodes.mapping(node, what, _SERIES)}
    if "when" not in parts:
        nodes.wrong(node, f"{what}: when is missing, such as: when: every thursday 21:00 UTC")
        return None
    said = _when(reading, parts["when"], what, zone)
    if said is None:
        return None
    meets, has_start = said.meets, said.has_start
    if "minutes" in parts:
        minutes = nodes.number(parts["minutes"], f"{what}: minutes", 5, 24 * 60)
        meets = replace(meets, minutes=minutes or meets.minutes)
    if "start" in parts:
        start = read_day(reading, parts["start"], f"{what}: start")
        if start is not None:
            meets, has_start = replace(meets, start=f"{start}{meets.start[10:]}"), True
            if start.year not in YEARS:
                nodes.wrong(parts["start"], f"{what}: {start} is too far away")
            elif not is_day_of(meets, start):
                nodes.wrong(parts["start"], f"{what}: {start} is no day of {meets.words!r}")
    if "cancelled" in parts:
        found = [
            _exception(reading, meets, text, one, what) for text, one in nodes.texts(parts["cancelled"], what)
        ]
        meets = replace(meets, cancelled=tuple(sorted({day for day in found if day})))
    if "moved" in parts:
        meets = replace(meets, moved=_moved(reading, meets, parts["moved"], what))
    return SaidMeets(meets, has_start)


def _exception(reading: Reading, meets: Meets, text: str, node: yaml.Node, what: str) -> str | None:
    """One day of a series, as it is written; ``None``, noted, for what is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        reading.nodes.wrong(node, f"{what}: {shown(text)} is no day like 2026-12-01")
        return None
    if not is_day_of(meets, day):
        reading.nodes.wrong(node, f"{what}: {day} is no day of {meets.words!r}")
        return None
    return day.isoformat()


def _moved(reading: Reading, meets: Meets, node: yaml.Node, what: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text, key, value in reading.nodes.mapping(node, f"{what}: moved"):
        day = _exception(reading, meets, text, key, what)
        to = (reading.nodes.text(value, f"{what}: moved") or "").replace(" ", "T")
        if day in meets.cancelled:
            reading.nodes.wrong(key, f"{what}: {day} is cancelled and moved")
        elif not _is_local(to):
            reading.nodes.wrong(value, f"{what}: {shown(to)} is no time like 2026-12-01T20:00")
        elif day is not None and to != f"{day}{meets.start[10:]}":
            found[day] = to
    return dict(sorted(found.items()))


def _is_local(text: str) -> bool:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return False
    return found.year in YEARS and _LOCAL.fullmatch(text) is not None
