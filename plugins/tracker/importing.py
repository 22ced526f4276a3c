"""Blueprints, bugs and milestones from a file, for Muster's own tracker.

A JSON file is an object with the lists ``blueprints``, ``bugs`` and ``milestones``; a CSV file has a first
line of column names, ``kind`` among them (``blueprint``, ``bug`` or ``milestone``; blueprints where there
is none). What a thing may hold are :data:`COLUMNS`. Rules:

1. Every mistake is found, with its line (CSV) or its place (JSON); with one of them nothing is changed.
2. What is there already takes what the file says and keeps the rest, so that the same file again changes
   nothing. A bug without a number is the one of its title, or else a new one.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.plugin import By, record
from plugins.tracker import tables
from plugins.tracker.items import Changes, Field, Item, ItemKind, Milestone, Ref, Value, moved
from plugins.tracker.rules import why_no_name, why_no_title, why_not_change, why_not_duplicate

_FIELDS: Mapping[ItemKind, Mapping[str, Field]] = {
    ItemKind.BLUEPRINT: {
        "title": Field.TITLE,
        "summary": Field.SUMMARY,
        "specification": Field.URL,
        "whiteboard": Field.WHITEBOARD,
        "work_items": Field.WORK_ITEMS,
        "priority": Field.PRIORITY,
        "definition": Field.DEFINITION,
        "implementation": Field.IMPLEMENTATION,
        "direction_approved": Field.DIRECTION,
        "assignee": Field.ASSIGNEE,
        "drafter": Field.DRAFTER,
        "approver": Field.APPROVER,
        "milestone": Field.MILESTONE,
    },
    ItemKind.BUG: {
        "title": Field.TITLE,
        "description": Field.SUMMARY,
        "status": Field.DEFINITION,
        "importance": Field.PRIORITY,
        "assignee": Field.ASSIGNEE,
        "milestone": Field.MILESTONE,
        "tags": Field.TAGS,
        "duplicate_of": Field.DUPLICATE,
    },
}
_LISTS = {ItemKind.BLUEPRINT: "blueprints", ItemKind.BUG: "bugs", "milestone": "milestones"}
_DATES = ("created", "state_since", "left_new", "triaged")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "blueprint": ("name", *_FIELDS[ItemKind.BLUEPRINT], "depends_on"),
    "bug": ("number", *_FIELDS[ItemKind.BUG], *_DATES),
    "milestone": ("name", "series", "due", "active"),
}
"""What a thing of each kind may hold. ``tags`` and ``depends_on`` are lists, in CSV with blanks between;
``due`` is YYYY-MM-DD; a bug's dates are as ISO 8601 has them, in UTC where they name no zone, and follow from
its status where they are not given; ``direction_approved`` and ``active`` are yes or no.
"""
_BOOLS = {"yes": True, "true": True, "no": False, "false": False}


class MistakesError(Exception):
    """The file has mistakes; each names its place."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Row:
    """One thing in the file: where it stands, its kind, and what it holds."""

    place: str
    kind: str
    held: Mapping[str, Any]


def read(text: str, *, is_json: bool) -> list[Row]:
    """The things in a file. Raises :class:`MistakesError` where it is no such file."""
    return list(_json_rows(text) if is_json else _csv_rows(text))


_UNSTORABLE = re.compile(r"[\ud800-\udfff]|(?<!\\)(?:\\\\)*\\u0000")
"""In JSON that escapes no more than it must: what no database takes as text."""


def _json_rows(text: str) -> Iterator[Row]:
    try:
        whole = json.loads(text)
        as_stored = json.dumps(whole, ensure_ascii=False)
    except ValueError as error:
        raise MistakesError([f"it is not JSON: {error}"]) from error
    except RecursionError as error:
        raise MistakesError(["it is nested too deep"]) from error
    if _UNSTORABLE.search(as_stored):
        raise MistakesError(["it has characters that are none: \\u0000, or half of a pair such as \\ud83d"])
    lists = {name: kind for kind, name in _LISTS.items()}
    if not isinstance(whole, dict) or not whole.keys() <= lists.keys():
        raise MistakesError([f"it must be an object with lists named {', '.join(lists)}"])
    for name, rows in whole.items():
        if not isinstance(rows, list):
            raise MistakesError([f"{name} must be a list"])
        for n, held in enumerate(rows):
            if not isinstance(held, dict):
                raise MistakesError([f"{name}[{n}] must be an object"])
            yield Row(f"{name}[{n}]", str(lists[name]), held)


def _csv_rows(text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        known = {"kind", *(name for columns in COLUMNS.values() for name in columns)}
        wrong = [name for name in names if name not in known]
        if wrong or not names:
            raise MistakesError(
                [f"line 1: {name!r} is no column; there are {', '.join(sorted(known))}" for name in wrong]
                or ["line 1: the names of the columns are missing"]
            )
        start = reader.line_num + 1
        for cells in reader:
            place, start = f"line {start}", reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(names):
                raise MistakesError([f"{place}: it has more cells than line 1"])
            held = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if cell.strip()}
            yield Row(place, held.pop("kind", "blueprint").lower(), held)
    except csv.Error as error:
        raise MistakesError([f"line {reader.line_num}: it is not CSV: {error}"]) from error


@dataclass
class Taken:
    """What a file comes to: items that are new, changes of others with the item before, and the
    milestones.
    """

    new: list[Item] = field(default_factory=list)
    changed: list[tuple[Item, Item, Changes]] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    same: int = 0

    def __str__(self) -> str:
        """``3 new, 1 changed, 2 as they were.``"""
        new, changed = len(self.new) + len(self.added), len(self.changed) + len(self.moved)
        return f"{new} new, {changed} changed, {self.same} as {'it was' if self.same == 1 else 'they were'}."

    def lines(self) -> Iterator[str]:
        """Each difference, in a line."""
        for name in self.added:
            yield f"+ milestone:{name}"
        for name in self.moved:
            yield f"~ milestone:{name}"
        for item in self.new:
            yield f"+ {item.ref} {item.title}"
        for before, after, changes in self.changed:
            told = [f"{one.value}: {before.value(one)!r} -> {value!r}" for one, value in changes.items()]
            if before.depends_on != after.depends_on:
                told.append(f"depends_on: {' '.join(before.depends_on)!r} -> {' '.join(after.depends_on)!r}")
            told += [
                f"{name}: {getattr(after, name):%Y-%m-%d %H:%M}"
                for name in _DATES
                if getattr(after, name) is not None and getattr(before, name) != getattr(after, name)
            ]
            yield f"~ {before.ref} {', '.join(told)}"


class _Taking:
    """Takes rows one after the other, and gathers mistakes."""

    def __init__(self, items: Iterable[Item], milestones: Iterable[Milestone], now: datetime) -> None:
        self.mistakes: list[str] = []
        self.before = {item.ref: item for item in items}
        self.items = dict(self.before)
        self.milestones = {one.name: one for one in milestones}
        self.places: dict[Ref | str, str] = {}
        self.depends: list[tuple[str, str]] = []
        self.repeats: list[tuple[str, Ref]] = []
        self.now = now

    def refuse(self, row: Row, why: str) -> None:
        self.mistakes.append(f"{row.place}: {why}")

    def take_milestone(self, row: Row) -> None:
        name = _text(row.held.get("name"))
        why = "its name is missing" if not name else why_no_name(name)
        due = None
        if not why and "due" in row.held:
            try:
                due = date.fromisoformat(_text(row.held["due"]))
            except ValueError:
                why = f"due must be YYYY-MM-DD, not {row.held['due']!r}"
        active = _bool(row.held.get("active", True))
        if active is None:
            why = why or f"active must be yes or no, not {row.held['active']!r}"
        series = _text(row.held.get("series"))
        if series and not why:
            why = why_no_name(series)
        why = why or self._twice(row, name)
        if why:
            self.refuse(row, why)
            return
        old = self.milestones.get(name, Milestone(name))
        given = {"series": series, "due": due, "active": active}
        changes = {
            {"active": "is_active"}.get(key, key): value for key, value in given.items() if key in row.held
        }
        self.milestones[name] = replace(old, **changes)  # type: ignore[arg-type]

    def take_item(self, row: Row, kind: ItemKind) -> None:
        ref = self._ref(row, kind)
        if ref is None:
            return
        changes: dict[Field, Value] = {}
        for name, one in _FIELDS[kind].items():
            if name in row.held:
                value = _value(one, row.held[name])
                if value is None:
                    self.refuse(row, f"{name} cannot be {row.held[name]!r}")
                    return
                changes[one] = value
        old = self.items.get(ref)
        if old is None and Field.TITLE not in changes:
            self.refuse(row, "its title is missing")
            return
        why = self._twice(row, ref) or why_not_change(ref, changes, self._milestones_for(old))
        if why:
            self.refuse(row, why)
            return
        item = old or Item(ref, "", version="0", created=self.now)
        if "depends_on" in row.held:
            depends = _value(Field.TAGS, row.held["depends_on"])
            if not isinstance(depends, tuple):
                self.refuse(row, f"depends_on cannot be {row.held['depends_on']!r}")
                return
            self.depends += [(row.place, name) for name in depends]
            item = replace(item, depends_on=depends)
        item = moved(old, item.changed(changes), self.now)
        try:
            dates = {name: _time(row.held[name]) for name in _DATES if name in row.held}
        except ValueError as error:
            self.refuse(row, f"a date must be as 2011-11-10T17:00, in no year before 1900: {error}")
            return
        self.items[ref] = replace(item, **dates)  # type: ignore[arg-type]
        if changes.get(Field.DUPLICATE):
            self.repeats.append((row.place, ref))

    def _milestones_for(self, old: Item | None) -> list[Milestone]:
        """All milestones; the one that an item has already may be closed."""
        kept = old.milestone if old is not None else ""
        return [replace(one, is_active=True) if one.name == kept else one for one in self.milestones.values()]

    def _ref(self, row: Row, kind: ItemKind) -> Ref | None:
        if kind is ItemKind.BLUEPRINT:
            name = _text(row.held.get("name"))
            why = "its name is missing" if not name else why_no_name(name)
            if why:
                self.refuse(row, why)
                return None
            return Ref(kind, name)
        number, title = _text(row.held.get("number")), _text(row.held.get("title"))
        if number and (not number.isascii() or not number.isdecimal() or len(number) > 9 or int(number) == 0):
            self.refuse(row, f"number must be a number, not {number!r}")
            return None
        if not number and why_no_title(title):
            self.refuse(row, why_no_title(title))
            return None
        bugs = [item for ref, item in self.items.items() if ref.kind is kind]
        if not number:
            same = [item.ref for item in bugs if item.title == title]
            return same[0] if same else Ref(kind, str(max((int(one.name) for one in bugs), default=0) + 1))
        return Ref(kind, str(int(number)))

    def _twice(self, row: Row, key: Ref | str) -> str:
        if key in self.places:
            return f"{key} stands at {self.places[key]} already"
        self.places[key] = row.place
        return ""

    def check_repeats(self) -> None:
        for place, ref in self.repeats:
            why = why_not_duplicate(ref, self.items[ref].duplicate_of, self.items.get)
            left = [one.name for one in self.items.values() if one.duplicate_of == ref.name]
            if not why and left:
                why = f"bug {ref.name} cannot repeat another while bug {', '.join(left)} repeats it"
            if why:
                self.mistakes.append(f"{place}: {why}")

    def check_depends(self) -> None:
        names = {ref.name for ref in self.items if ref.kind is ItemKind.BLUEPRINT}
        self.mistakes += [
            f"{place}: it depends on {name!r}, which is no blueprint"
            for place, name in self.depends
            if name not in names
        ]


def taken(
    rows: Iterable[Row], items: Iterable[Item], milestones: Iterable[Milestone], now: datetime
) -> Taken:
    """What these rows change of what there is. Raises :class:`MistakesError` with all that are in them."""
    old_milestones = {one.name: one for one in milestones}
    taking = _Taking(items, old_milestones.values(), now)
    right: list[Row] = []
    for row in rows:
        if row.kind not in COLUMNS:
            taking.refuse(row, f"its kind is blueprint, bug or milestone, not {row.kind!r}")
        elif wrong := [name for name in row.held if name not in COLUMNS[row.kind]]:
            taking.refuse(
                row, f"a {row.kind} has no {', '.join(wrong)}; it has {', '.join(COLUMNS[row.kind])}"
            )
        else:
            right.append(row)
    for row in right:  # first, since what is targeted to one may stand before it
        if row.kind == "milestone":
            taking.take_milestone(row)
    for row in sorted(right, key=lambda row: "number" not in row.held):  # numbers that are given are taken
        if row.kind != "milestone":
            taking.take_item(row, ItemKind(row.kind))
    taking.check_depends()
    taking.check_repeats()
    if taking.mistakes:
        raise MistakesError(taking.mistakes)
    return _differences(taking, old_milestones)


def _differences(taking: _Taking, old_milestones: Mapping[str, Milestone]) -> Taken:
    done = Taken(milestones=list(taking.milestones.values()))
    for key in taking.places:
        if isinstance(key, str):
            old = old_milestones.get(key)
            if old is None:
                done.added.append(key)
            elif old != taking.milestones[key]:
                done.moved.append(key)
            else:
                done.same += 1
            continue
        before, after = taking.before.get(key), taking.items[key]
        if before == after:
            done.same += 1
            continue
        after = replace(after, version=str(int(after.version or 0) + 1), updated=taking.now)
        if before is None:
            done.new.append(after)
        else:
            changes = {one: after.value(one) for one in Field if after.value(one) != before.value(one)}
            done.changed.append((before, after, changes))
    return done


def store(session: Session, tracker: int, done: Taken, by: By) -> None:
    """Make and record it."""
    if done.added or done.moved:
        tables.keep_milestones(session, tracker, done.milestones)
    for name in done.added:
        record(session, by, f"milestone:{name}", "created", None, True)
    for name in done.moved:
        record(session, by, f"milestone:{name}", "imported", None, True)
    tables.keep(session, tracker, [*done.new, *(after for _, after, _ in done.changed)])
    for item in done.new:
        record(session, by, str(item.ref), "created", None, item.title)
    for before, _, changes in done.changed:
        tables.record_fields(session, by, before, changes)


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _time(value: Any) -> datetime:
    """A time in UTC. Raises :class:`ValueError`."""
    found = datetime.fromisoformat(_text(value))
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
    if not 1900 <= found.year < 9999:
        raise ValueError(f"{value!r} is too far away")
    return found.astimezone(UTC)


def _bool(value: Any) -> bool | None:
    return value if isinstance(value, bool) else _BOOLS.get(str(value).lower())


def _words(value: Any) -> tuple[str, ...]:
    return tuple(value.split()) if isinstance(value, str) else tuple(str(one) for one in value)


def _value(one: Field, given: Any) -> Value | None:
    """A field's value from a cell or from JSON; ``None`` where it can be none."""
    if one is Field.DIRECTION:
        return _bool(given)
    if one is Field.DUPLICATE and isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    if one is Field.TAGS:
        is_list = isinstance(given, list) and all(isinstance(tag, str) for tag in given)
        return _words(given) if isinstance(given, str) or is_list else None
    return given if isinstance(given, str) else None
