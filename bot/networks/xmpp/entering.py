"""Where the history of a room comes from, when we have come into it.

Rules of this file:

1. From our presence on live lines are held, as :mod:`bot.networks.entering` has it. A room whose past nobody
   wants is entered when it has told its topic, or with its first live line.
2. History comes from the room's archive (XEP-0313), page by page, where it keeps one; else from what the room
   repeats to who joins, which ends with the topic. Where the room has not said yet whether it keeps one, that
   is waited for.
3. We ask from a little before the last line that is known. The history is complete if it reaches back to
   that, or the archive holds anything older.
4. What an archive holds of shortly before is looked at first, and not reported: what was said then may be
   corrected, answered or reacted to now, and after a restart nobody knows its ids.
5. Only what the room itself sends as the answer to the question that we ask now is history; anything else
   that calls itself an archive's result is dropped.
6. What the archive holds of the time since we came was heard live, and is known by its id.
7. A message that the journal knows under an id of ours, since its room gave none then, goes by that id.
8. What stands in the archive behind a message that the journal knows was missed, whatever the clocks say: the
   room's clock and ours may differ by more than the time in question.
"""

from __future__ import annotations

import enum
import logging
import secrets
from collections.abc import Sequence
from datetime import datetime

from bot.model import Line
from bot.networks import entering as entry
from bot.networks.base import Known
from bot.networks.entering import LATE, MAX_PAGES, OVERLAP, PAGE, finish, hold
from bot.networks.events import Heard
from bot.networks.xmpp.lines import own_ids, past
from bot.networks.xmpp.stanzas import (
    CLIENT,
    DATA,
    DELAY,
    FORWARD,
    MAM,
    RSM,
    Element,
    add,
    child,
    children,
    make,
    stamp,
    text_of,
    time_of,
)
from bot.networks.xmpp.state import Chat, State

log = logging.getLogger(__name__)

EARLIER_PAGES = 4


class Stage(enum.Enum):
    """What an entry waits for."""

    TOPIC = "topic"  # nothing is to be caught up
    REPEATED = "repeated"  # what the room repeats to who joins
    EARLIER = "earlier"  # the archive's pages before
    ARCHIVE = "archive"  # and since


class Entering(entry.Entering):
    """One room's way from our presence to ``Entered``."""

    __slots__ = ("anchor", "earlier", "page", "question", "repeated", "stage")

    def __init__(self, known: Known | None, joined: datetime) -> None:
        super().__init__(known, joined)
        self.stage = Stage.TOPIC
        self.question = ""  # what marks the results that we wait for
        self.earlier: list[tuple[Element, str | None, datetime]] = []  # what the archive holds of before
        self.page: list[tuple[Element, str | None, datetime]] = []  # the part of it that comes in now
        self.repeated = False  # all that the room repeats is here
        self.anchor = 0  # how much of the history stands before the last message that is known

    @property
    def is_fetching(self) -> bool:
        """Whether more history may be on its way."""
        if self.stage is Stage.REPEATED:
            return not self.repeated
        return self.stage in (Stage.EARLIER, Stage.ARCHIVE)

    def missed(self) -> Sequence[Line]:
        """The history, with what is known to be missed no older than what is known (rule 8)."""
        known, anchor = self.known, self.anchor
        if known is None or not anchor:
            return self.history
        behind = (line.replace(time=max(line.time, known.time)) for line in self.history[anchor:])
        return [*self.history[:anchor], *behind]


def begin(s: State, chat: Chat) -> None:
    """We are in a room."""
    known = s.known(chat.room)
    entering = Entering(known, s.now)
    hold(s, chat, entering)
    if known is None:
        return
    if chat.has_archive:
        _ask_archive(s, chat, entering, known)
    else:
        entering.stage = Stage.REPEATED


def topic_told(s: State, chat: Chat) -> None:
    """The room has told its topic: all that it repeats is here."""
    entering = chat.entering
    if entering is None or entering.stage not in (Stage.TOPIC, Stage.REPEATED):
        return
    entering.repeated = True
    if chat.told or entering.known is None:
        finish(s, chat, entering)


def told(s: State, chat: Chat) -> None:
    """A room that we are in has been asked once more what it can."""
    entering = chat.entering
    if entering is None or entering.known is None or entering.stage is not Stage.REPEATED:
        return
    if chat.has_archive:
        entering.history, entering.anchor = [], 0  # the archive has it all
        _ask_archive(s, chat, entering, entering.known)
    elif entering.repeated:
        finish(s, chat, entering)


def take(s: State, chat: Chat, message: Element, id_: str | None, time: datetime) -> None:
    """A message of the room's past."""
    entering = chat.entering
    if entering is None or entering.known is None:
        return
    if time <= entering.known.time:
        entering.complete = True
    lines = past(s, chat, message, id_, time, entering.known.ids)
    ids = {line.id for line in lines} or {id_, *own_ids(message)}
    is_known = not ids.isdisjoint(entering.known.ids)
    entering.complete = entering.complete or is_known
    if not entering.late:
        entering.history += lines
        if is_known:
            entering.anchor = len(entering.history)
    elif time < entering.joined:  # the rest was heard live, and has been reported
        s.events.extend(Heard(line) for line in lines)


# What the room repeats by itself


def repeated(s: State, chat: Chat, message: Element) -> bool:
    """Whether a message is one that the room repeats to us since we have just joined; it is taken then."""
    entering = chat.entering
    if chat.has_topic:
        return False
    delays = [one for one in children(message, "delay", DELAY) if _of_room(chat, one)]
    time = time_of(delays[-1].get("stamp"), s.now) if delays else None
    if time is None:
        return False
    if entering is not None and entering.stage is Stage.REPEATED:
        take(s, chat, message, None, time)
    return True


def _of_room(chat: Chat, delay: Element) -> bool:
    by = delay.get("from", "")
    return by == "" or by.partition("/")[0].lower() in (chat.jid, chat.jid.rpartition("@")[2])


# The archive


def _ask_archive(s: State, chat: Chat, entering: Entering, known: Known) -> None:
    entering.stage = Stage.EARLIER
    _ask(s, chat, entering, "end", known.time - OVERLAP, "")


def _ask_page(s: State, chat: Chat, entering: Entering, known: Known, after: str) -> None:
    _ask(s, chat, entering, "start", known.time - OVERLAP, after)


def _ask(s: State, chat: Chat, entering: Entering, bound: str, time: datetime, beside: str) -> None:
    """Ask for a page: the first from a time on (``start``), or the last up to one (``end``), or the next one
    ``beside`` what the page before ended with.
    """
    entering.pages += 1
    question = entering.question = secrets.token_hex(8)
    query = make("query", MAM, queryid=question)
    form = add(query, "x", DATA, type="submit")
    for name, value in (("FORM_TYPE", MAM), (bound, stamp(time))):
        add(
            add(form, "field", DATA, var=name, type="hidden" if name == "FORM_TYPE" else ""),
            "value",
            DATA,
            value,
        )
    page = add(query, "set", RSM)
    add(page, "max", RSM, str(PAGE))
    if bound == "end":
        add(page, "before", RSM, beside)
    elif beside:
        add(page, "after", RSM, beside)

    def answered(answer: Element | None) -> None:
        if chat.entering is entering and entering.question == question:
            _answered(s, chat, entering, answer)

    s.ask(chat.jid, "set", query, answered, LATE)


def result(s: State, chat: Chat, message: Element) -> None:
    """One result of what we asked a room's archive (``message`` is from that room itself)."""
    found = child(message, "result", MAM)
    entering = chat.entering
    if found is None or entering is None or not entering.question:
        return
    if found.get("queryid") != entering.question:
        return
    forwarded = child(found, "forwarded", FORWARD)
    delay = child(forwarded, "delay", DELAY) if forwarded is not None else None
    said = child(forwarded, "message", CLIENT) if forwarded is not None else None
    if delay is None or said is None:
        return
    time = time_of(delay.get("stamp"), s.now)
    if time is None:
        return
    if entering.stage is Stage.EARLIER:
        entering.complete = True
        entering.page.append((said, found.get("id"), time))
    else:
        take(s, chat, said, found.get("id"), time)


def _answered(s: State, chat: Chat, entering: Entering, answer: Element | None) -> None:
    """A page of the archive is in: ask for the next, or end."""
    known = entering.known
    if known is None:
        return
    fin = child(answer, "fin", MAM) if answer is not None and answer.get("type") == "result" else None
    page = child(fin, "set", RSM) if fin is not None else None
    is_all = fin is None or fin.get("complete") in ("true", "1")
    if entering.stage is Stage.EARLIER:
        first = (text_of(page, "first", RSM) or "") if page is not None else ""
        entering.earlier[:0], entering.page = entering.page, []
        if first and not is_all and entering.pages < EARLIER_PAGES and not chat.references.are_known:
            _ask(s, chat, entering, "end", known.time - OVERLAP, first)
            return
        if not chat.references.are_known:
            chat.references.are_known = True
            for said, id_, time in entering.earlier:  # the oldest first: who uses an id again means the last
                past(s, chat, said, id_, time)
        entering.stage, entering.pages, entering.earlier = Stage.ARCHIVE, 0, []
        _ask_page(s, chat, entering, known, "")
        return
    if fin is None:
        log.warning("%s: the archive of %s could not be read", s.network, chat.room)
        entering.cut = True
        finish(s, chat, entering)
        return
    last = (text_of(page, "last", RSM) or "") if page is not None else ""
    if not is_all and last:
        if entering.pages < MAX_PAGES:
            _ask_page(s, chat, entering, known, last)
            return
        entering.cut = True  # there is more, and we do not get at it
    finish(s, chat, entering)
