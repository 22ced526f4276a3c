"""A blueprint's work items, as Launchpad writes them in one text. Pure.

::

    [renuka] the scheduler's driver: INPROGRESS
    documentation: TODO

    Work items for essex-3:
    [vishy] tests: TODO

Rules:

1. What is not changed stays as it is written, to the last blank: a text read and written again is the same.
2. A line is an item where it is not blank and no heading; what follows its last colon is its state, where
   that is one of :class:`State`; any other line is a title alone, and to do.
3. Items have numbers from 1 on, in the order of their lines.
4. An item stands for the milestone of the heading above it; above the first heading, for the blueprint's own.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, replace


class State(enum.StrEnum):
    """Where an item stands. The values are Launchpad's."""

    TODO = "TODO"
    DONE = "DONE"
    POSTPONED = "POSTPONED"
    INPROGRESS = "INPROGRESS"
    BLOCKED = "BLOCKED"


_HEADING = re.compile(r"\s*work\s*items(?:\s+for)?\b\s*(?P<milestone>.*?)\s*:\s*", re.IGNORECASE)
_ITEM = re.compile(
    r"(?P<before>\s*(?:\[(?P<who>[^\]\n]*)\])?\s*)(?P<title>.*?)"
    rf"(?P<colon>\s*:\s*)(?P<state>{'|'.join(State)})(?P<after>\s*)",
    re.IGNORECASE | re.DOTALL,
)
_BARE = re.compile(
    r"(?P<before>\s*(?:\[(?P<who>[^\]\n]*)\])?\s*)(?P<title>.*?)(?P<after>\s*:?\s*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One piece of work. ``number`` is from 1; ``who`` a name of the tracker's, or nothing; ``line`` its
    place in the text, from 0.
    """

    number: int
    title: str
    state: State
    who: str = ""
    milestone: str = ""
    line: int = 0

    @property
    def is_open(self) -> bool:
        """Whether there is something to do about it still."""
        return self.state not in {State.DONE, State.POSTPONED}

    def __str__(self) -> str:
        """For people: ``2. tests (vishy): to do``."""
        who = f" ({self.who})" if self.who else ""
        return f"{self.number}. {self.title}{who}: {SAID[self.state]}"


SAID = {
    State.TODO: "to do",
    State.DONE: "done",
    State.POSTPONED: "postponed",
    State.INPROGRESS: "in progress",
    State.BLOCKED: "blocked",
}
"""The states in words."""


def work_items(text: str) -> list[WorkItem]:
    """The items that a text has."""
    found: list[WorkItem] = []
    milestone = ""
    for place, line in enumerate(text.split("\n")):
        heading = _HEADING.fullmatch(line)
        if heading is not None:
            milestone = heading["milestone"]
        elif line.strip():
            match = _ITEM.fullmatch(line) or _BARE.fullmatch(line)
            if match is None:
                raise AssertionError(line)  # the second takes every line
            state = State(match["state"].upper()) if "state" in match.groupdict() else State.TODO
            who = (match["who"] or "").strip()
            found.append(WorkItem(len(found) + 1, match["title"], state, who, milestone, place))
    return found


def ticked(text: str, number: int, state: State) -> str:
    """The text with an item in another state. Raises :class:`LookupError` where it has no such item."""
    item = next((one for one in work_items(text) if one.number == number), None)
    if item is None:
        raise LookupError(number)
    if item.state is state:
        return text
    lines = text.split("\n")
    line = lines[item.line]
    match = _ITEM.fullmatch(line)
    if match is not None:
        lines[item.line] = line[: match.start("state")] + state + line[match.end("state") :]
    else:
        end = "\r" if line.endswith("\r") else ""
        lines[item.line] = f"{line.rstrip().rstrip(':').rstrip()}: {state}{end}"
    return "\n".join(lines)


def with_item(text: str, title: str, who: str = "") -> str:
    """The text with one item more, to do, for the blueprint's own milestone: behind the last item above the
    first heading. Raises :class:`ValueError` for a title that would be read as something else.
    """
    line = f"[{who}] {title}: {State.TODO}" if who else f"{title}: {State.TODO}"
    read = work_items(line)
    if not title or len(read) != 1 or replace(read[0], milestone="") != WorkItem(1, title, State.TODO, who):
        raise ValueError(title)
    if not text.strip():
        return line
    lines = text.split("\n")
    heading = next((place for place, one in enumerate(lines) if _HEADING.fullmatch(one)), len(lines))
    own = [place for place in range(heading) if lines[place].strip()]
    if own:
        lines.insert(own[-1] + 1, line)
    elif heading < len(lines):
        lines[:heading] = [line, ""]
    return "\n".join(lines)
