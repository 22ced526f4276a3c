"""What was sent of a meeting, in short, and what has changed of it since. Pure.

Rules:

1. A print tells whether the same would be sent again; it holds no text, so that what is redacted is not kept
   here.
2. For people (a mail) minutes have changed where what they noted has: an item, a topic, a vote. Not where an
   action was closed, and not where a text was taken away: a mail that says so would only point at it.
3. For programs they have changed where anything in their JSON has; where a text was taken away, it is said
   so, that they take it out too.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]
"""The meeting's JSON, as ``plugins/meetings/forms/record.py`` describes it."""

_REDACTED = "[redacted by "


class Difference(enum.Enum):
    """What has changed."""

    NONE = "none"
    CHANGED = "changed"
    REDACTED = "redacted"


@dataclass(frozen=True, slots=True)
class Print:
    """A meeting's print. ``ended`` is when it ended, ``items`` has a short hash of what each item says, by
    its number; of one whose text was taken away, nothing. ``whole`` is a hash of everything, ``redacted`` how
    many texts were taken away.
    """

    ended: str
    items: Mapping[str, str]
    whole: str
    redacted: int

    def to_json(self) -> str:
        """To be stored."""
        return json.dumps([self.ended, dict(self.items), self.whole, self.redacted])

    @classmethod
    def from_json(cls, text: str) -> Print | None:
        """As it was stored; ``None`` for nothing."""
        if not text:
            return None
        ended, items, whole, redacted = json.loads(text)
        return cls(ended, items, whole, redacted)


def print_of(record: Record) -> Print:
    """The print of a meeting's record."""
    minutes = record["minutes"]
    items = {}
    redacted = sum(1 for line in record["lines"] if str(line.get("text", "")).startswith(_REDACTED))
    for item in [*items_of(minutes["sections"]), *minutes["removed"]]:
        taken = any(change["what"] == "redacted" for change in item["changes"])
        redacted += taken
        told = [item["kind"], item["text"], item["url"], item["removed"]]
        items[str(item["number"])] = "" if taken else _hash(told)
    for vote in minutes["votes"]:
        items[f"l-{vote['line']}"] = ""  # that there is one: what it asked may be taken away
    return Print(minutes["ended"] or "", items, _hash(record), redacted)


def for_people(old: Print | None, new: Print) -> Difference:
    """What has changed for people who were told of the old."""
    if old is None or old.ended != new.ended:
        return Difference.CHANGED
    for number in old.items.keys() | new.items.keys():
        if old.items.get(number) != new.items.get(number) and new.items.get(number) != "":
            return Difference.CHANGED
    return Difference.NONE


def for_programs(old: Print | None, new: Print) -> Difference:
    """What has changed for programs that were told of the old."""
    if old is None:
        return Difference.CHANGED
    if old.redacted < new.redacted:
        return Difference.REDACTED
    return Difference.NONE if old.whole == new.whole else Difference.CHANGED


def items_of(sections: list[Any]) -> Iterator[Any]:
    """All items of a record's sections, topics among them, in order."""
    for section in sections:
        if section["topic"] is not None:
            yield section["topic"]
        yield from section["items"]
        yield from items_of(section["sections"])


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]
