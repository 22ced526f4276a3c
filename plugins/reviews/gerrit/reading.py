"""Gerrit's answers, read (https://gerrit-review.googlesource.com/Documentation/rest-api-changes.html#change-info).
Pure.

Rules:

1. An answer begins with ``)]}'`` in a line of its own; one that does not is no answer of Gerrit's.
2. What may be missing in a change may be missing: only its number, its project, its status and its subject
   must be there. A value of another kind than Gerrit's is refused, by its name; one change that cannot be
   read costs no other.
3. What is private is not there for Muster, whatever its account may see: rooms are read by everybody.
4. Times are in UTC, with nanoseconds, of which Muster keeps the microseconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.text import one_line, shorten
from plugins.reviews import footers
from plugins.reviews.gerrit.addresses import address
from plugins.reviews.review import CODE_REVIEW, Review, State, Voted
from plugins.reviews.sources import BadAnswerError

PREFIX = ")]}'"
_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?")
_STATES = {
    "NEW": State.OPEN,
    "DRAFT": State.OPEN,
    "SUBMITTED": State.OPEN,
    "MERGED": State.MERGED,
    "ABANDONED": State.ABANDONED,
}
_LONGEST = {"title": 500, "name": 200}
_MAGIC = "/"  # /COMMIT_MSG and /MERGE_LIST are no files
PATHS = 500
"""So many paths of a change are kept."""

T = TypeVar("T")


def read_json(text: str) -> Any:
    """What an answer says. Raises :class:`BadAnswerError`."""
    head, newline, rest = text.partition("\n")
    if head.rstrip("\r") != PREFIX or not newline:
        begins = shorten(one_line(text[:80]).strip(), 40) or "nothing"
        raise BadAnswerError(f"its answer does not begin with {PREFIX} as Gerrit's do, but with {begins}")
    try:
        return json.loads(rest)
    except (ValueError, RecursionError) as error:
        raise BadAnswerError(f"its answer is no JSON: {one_line(str(error))}") from error


@dataclass(frozen=True, slots=True)
class Page:
    """One page of changes: those that could be read and that everybody may see, what is wrong with others,
    how many there were in all, and whether there are more.
    """

    reviews: tuple[Review, ...]
    bad: tuple[str, ...]
    count: int
    has_more: bool


def read_page(text: str, source: str, base: str) -> Page:
    """The changes of one page. Raises :class:`BadAnswerError`."""
    found = read_json(text)
    if not isinstance(found, list):
        raise BadAnswerError(f"its answer is {_kind(found)} and not a list of changes")
    reviews: list[Review] = []
    bad: list[str] = []
    for one in found:
        if isinstance(one, dict) and one.get("is_private"):
            continue
        try:
            reviews.append(read_change(one, source, base))
        except BadAnswerError as error:
            bad.append(str(error))
    last = found[-1] if found else None
    has_more = isinstance(last, dict) and last.get("_more_changes") is True
    return Page(tuple(reviews), tuple(bad), len(found), has_more)


def read_time(text: str) -> datetime:
    """A time as Gerrit writes it, ``2026-11-22 20:00:00.854000000``, in UTC. Raises
    :class:`BadAnswerError`.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise BadAnswerError(f"{shorten(one_line(text), 40)!r} is no time of Gerrit's")
    year, month, day, hour, minute, second, microsecond = (
        int(part) for part in (*match.groups()[:6], (match[7] or "0").ljust(9, "0")[:6])
    )
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, UTC)
    except ValueError as error:
        raise BadAnswerError(f"{text!r} is in no calendar") from error


class _Entry:
    """A JSON object, by its fields' names. Each may be missing; one of another kind is refused."""

    def __init__(self, found: object, name: str) -> None:
        if not isinstance(found, dict):
            raise BadAnswerError(f"{name} is {_kind(found)} and not an object")
        self._found: Mapping[str, Any] = found
        self.name = name

    def of(self, key: str, kind: type[T]) -> T | None:
        """A field; ``None`` where it is missing or null."""
        value = self._found.get(key)
        if value is None:
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise BadAnswerError(f"{key} of {self.name} is {_kind(value)}")
        return value

    def must(self, key: str, kind: type[T]) -> T:
        """A field that must be there."""
        value = self.of(key, kind)
        if value is None:
            raise BadAnswerError(f"{key} of {self.name} is missing")
        return value

    def text(self, key: str) -> str:
        """A text in one line; nothing where it is missing."""
        return one_line(self.of(key, str) or "")[: _LONGEST["name"]]

    def time(self, key: str) -> datetime | None:
        """A time."""
        text = self.of(key, str)
        return read_time(text) if text is not None else None

    def entry(self, key: str) -> _Entry:
        """An object; an empty one where it is missing."""
        return _Entry(self.of(key, dict) or {}, f"{key} of {self.name}")

    def entries(self, key: str) -> list[_Entry]:
        """The objects of a list."""
        return [_Entry(one, f"{key} of {self.name}") for one in self.of(key, list) or []]

    def each(self) -> Iterator[tuple[str, _Entry]]:
        """All fields, which are objects."""
        for key, value in self._found.items():
            yield key, _Entry(value, f"{one_line(key)} in {self.name}")

    @property
    def keys(self) -> list[str]:
        """The fields' names."""
        return list(self._found)


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def read_change(found: object, source: str, base: str) -> Review:
    """A ``ChangeInfo``. Raises :class:`BadAnswerError`, which says what is wrong of which change."""
    change = _Entry(found, "a change")
    number = str(change.must("_number", int))
    change.name = f"change {number}"
    status = change.must("status", str)
    if status not in _STATES:
        raise BadAnswerError(f"status of change {number} is {shorten(one_line(status), 20)!r}")
    project, topic = change.text("project"), change.text("topic")
    if not project:
        raise BadAnswerError(f"project of change {number} is missing")
    revision = _current(change)
    labels = dict(change.entry("labels").each())
    author = _account(change.entry("owner"))
    message = revision.entry("commit").of("message", str) or ""
    return Review(
        source,
        number,
        one_line(change.must("subject", str))[: _LONGEST["title"]],
        url=address(base, project, number),
        change_id=change.text("change_id"),
        project=project,
        branch=change.text("branch"),
        topic=topic,
        paths=tuple(one_line(path) for path in revision.entry("files").keys if path[:1] != _MAGIC)[:PATHS],
        author=author,
        state=_STATES[status],
        patch_set=revision.of("_number", int) or change.of("current_revision_number", int) or 1,
        votes=tuple(_votes(labels)),
        is_approved=_is_approved(change, labels),
        is_rejected=_is_rejected(labels),
        is_wip=bool(change.of("work_in_progress", bool)) or status == "DRAFT",
        mergeable=change.of("mergeable", bool),
        reviewers=_people(change.entry("reviewers").entries("REVIEWER"), author),
        attention=_people([one.entry("account") for _, one in change.entry("attention_set").each()]),
        bugs=footers.bugs(message, topic),
        blueprints=footers.blueprints(message, topic),
        created=change.time("created"),
        updated=change.time("updated"),
        asked=revision.time("created") or change.time("created"),
    )


def _current(change: _Entry) -> _Entry:
    """The newest patch set; an empty one where Gerrit does not tell."""
    revisions, current = change.entry("revisions"), change.of("current_revision", str)
    return revisions.entry(current) if current else _Entry({}, f"a revision of {change.name}")


def _account(entry: _Entry) -> str:
    """An ``AccountInfo`` in a word: the user's name, else what stands before the @, else the number."""
    number = entry.of("_account_id", int)
    known = entry.text("username") or entry.text("email").partition("@")[0] or entry.text("name")
    return known or (f"account-{number}" if number is not None else "")


def _people(entries: list[_Entry], *but: str) -> tuple[str, ...]:
    names = (_account(entry) for entry in entries)
    return tuple(dict.fromkeys(name for name in names if name and name not in but))


def _votes(labels: Mapping[str, _Entry]) -> Iterator[Voted]:
    for label, entry in labels.items():
        for vote in entry.entries("all"):
            value = vote.of("value", int)
            if value:
                yield Voted(one_line(label), _account(vote), value, vote.time("date"))


def _is_rejected(labels: Mapping[str, _Entry]) -> bool:
    """Whether somebody voted against it: a veto under any label, or a -1 of a person or of the tests."""
    if any("rejected" in entry.keys for entry in labels.values()):
        return True
    votes = (vote for vote in _votes(labels) if vote.label in {CODE_REVIEW, "Verified"})
    return any(vote.value < 0 for vote in votes)


def _is_approved(change: _Entry, labels: Mapping[str, _Entry]) -> bool:
    """Whether all is said that lets it be merged: by Gerrit's word where it gives it, else by its labels."""
    submittable = change.of("submittable", bool)
    if submittable is not None:
        return submittable
    needed = [entry for entry in labels.values() if not entry.of("optional", bool)]
    return bool(needed) and all("approved" in entry.keys for entry in needed) and not _is_rejected(labels)
