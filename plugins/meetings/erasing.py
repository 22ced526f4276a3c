"""Redacted texts leave the journal in the very transaction that commits the ``#redact``.

So no crash can leave a text behind that somebody was told is gone. Rules:

1. The meeting's own lines are overwritten by their numbers.
2. What Muster itself repeated is found by the text: in the meeting every line of Muster's with it; in other
   rooms only what is plainly of this item or line (an action with its number, a found line with its
   speaker), so that nobody takes other texts away by writing them into an item. The same holds in the meeting
   for a text that is only the nick of somebody there: it stands in lines that are of something else. The
   lines by which Muster is known to have repeated an item are among those of rule 1, and are not looked for:
   of another vote it may have said the very same ("Nobody voted.").
3. Nothing that people said elsewhere is touched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot.model import Kind, Room
from bot.plugin import LineRow, RoomRow, changing, redact
from bot.store import to_stamp
from bot.text import fold_nick
from plugins.meetings import notes, rendered, tables
from plugins.meetings.effects import Redact
from plugins.meetings.indexed import forget_items
from plugins.meetings.tables import MeetingRow, SpanRow

Spans = Sequence[tuple[int, int | None]]

_COMPARED = 150  # characters of a text: a reply may have cut the rest
_LEAST = 3  # characters: a shorter text is in too many lines
_LEAST_CUT = 5  # characters of a text with which a reply ends that was cut
_CLOCKS_DIFFER = timedelta(minutes=5)
_AROUND = " .,;:!?@"  # what may stand around a nick
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def erase(
    session: Session,
    meeting: str,
    room: Room,
    spans: Spans,
    started: datetime,
    redacted: Redact,
    items: Mapping[int, str],
    nicks: Set[str],
) -> list[tables.Meeting]:
    """Overwrite lines of a meeting, and what was repeated of them, for ever: a transaction.

    ``meeting`` is its key, ``spans`` are its stretches of its room's journal, as they are stored, ``started``
    its beginning; ``items`` what the texts become that were edited into items after an end, by the item's
    number; ``nicks`` are those of the people in the meeting, folded. Returns the other meetings whose lines
    changed: their files are to be written again, and are so after a crash too.
    """
    room_id = session.scalar(
        select(RoomRow.id).where(
            RoomRow.network == room.network, RoomRow.name == room.name, RoomRow.private == room.private
        )
    )
    chosen = (LineRow.room_id == room_id, _within(meeting))
    counted = select(LineRow.seq, LineRow.nick, LineRow.text, LineRow.own)
    counted = counted.where(*chosen, LineRow.kind != Kind.NOTE.value).order_by(LineRow.seq)
    is_of_more = len(redacted.lines) > 1 or bool(redacted.texts)
    here = list(redacted.texts)
    anywhere = _as_listed(session, redacted)
    for number, text in redacted.lines:
        line = session.execute(counted.offset(number - 1).limit(1)).first()
        if line is None:
            continue
        if not (line.own and is_of_more):
            here.append(line.text)
        anywhere.append(f"<{line.nick}> {line.text}")
        redact(session, room, {line.seq: text})
    if items:
        _erase_edits(session, room_id, chosen, items)
    if redacted.ballots:
        _erase_ballots(session, room_id, chosen, redacted.ballots)
    here = [text for text in here if fold_nick(text.strip(_AROUND)) not in nicks]
    left = _left(redacted)
    since = LineRow.time >= to_stamp(started - _CLOCKS_DIFFER)
    _erase_repeated(session, [*chosen], [*here, *anywhere], left)
    places = _erase_repeated(session, [since], anywhere, left)
    if redacted.action:
        places += _erase_notes(session, since, redacted, anywhere, left)
    forget_items(session, meeting, room, spans)
    others = _meetings_of(session, places, room_id, spans)
    for other in others:
        forget_items(session, other.key, other.room, other.spans)
        rendered.clear(session, other.id)
    return others


def _within(meeting: str) -> Any:
    """Whether a line stands in one of a meeting's spans: there may be more than a statement could name."""
    of_it = select(SpanRow.first).join(MeetingRow, MeetingRow.id == SpanRow.meeting_id)
    of_it = of_it.where(MeetingRow.key == meeting, SpanRow.first <= LineRow.seq)
    return of_it.where(or_(SpanRow.last.is_(None), SpanRow.last >= LineRow.seq)).exists()


def _left(redacted: Redact) -> str:
    """The stub alone, without the word before it."""
    text = redacted.lines[0][1] if redacted.lines else ""
    return text[max(text.find("[redacted by "), 0) :]


def _as_listed(session: Session, redacted: Redact) -> list[str]:
    """An action's texts as lists show them: after its number."""
    if not redacted.action:
        return []
    number = session.scalar(select(tables.ActionRow.id).where(tables.ActionRow.key == redacted.action))
    return [form.format(number, text) for text in redacted.texts for form in ("#{} {}", "{}: {}")]


def _erase_edits(
    session: Session, room_id: int | None, chosen: Iterable[Any], items: Mapping[int, str]
) -> None:
    edits = select(LineRow.seq, LineRow.data).where(
        *chosen, LineRow.kind == Kind.NOTE.value, LineRow.text == notes.EDITED
    )
    for place, data in session.execute(edits).all():
        told = json.loads(data or "{}")
        if told.get("item") in items:
            _overwrite(session, room_id, place, data=json.dumps({**told, "text": items[told["item"]]}))


def _erase_ballots(
    session: Session, room_id: int | None, chosen: Iterable[Any], ballots: Iterable[tuple[int, str]]
) -> None:
    notes_of_it = (LineRow.kind == Kind.NOTE.value, LineRow.text == notes.BALLOT)
    query = select(LineRow.seq, LineRow.data).where(*chosen, *notes_of_it).order_by(LineRow.seq)
    found = session.execute(query).all()
    for number, choice in ballots:
        if number <= len(found):
            place, data = found[number - 1]
            told = {**json.loads(data or "{}"), "choice": choice}
            _overwrite(session, room_id, place, data=json.dumps(told))


def _erase_repeated(
    session: Session, where: Iterable[Any], texts: Iterable[str], left: str
) -> list[tuple[int, int]]:
    """Overwrite the lines of Muster's own that repeat one of the texts; their places."""
    wanted = Repeated(texts)
    if not wanted:
        return []
    # Looked through here: an item may have had more texts than a statement may have conditions.
    rows = session.execute(select(LineRow.room_id, LineRow.seq, LineRow.text).where(*where, LineRow.own))
    found = [(row.room_id, row.seq) for row in rows if row.text in wanted]
    for room_id, place in found:
        _overwrite(session, room_id, place, text=left, data=None)
    return found


class Repeated:
    """Texts that Muster may have repeated. ``line in repeated``: whether a line has any of them in it as
    words, or ends in the middle of it.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._wholes = {text for text in texts if len(text) >= _LEAST}
        self._heads = {text[:_COMPARED] for text in self._wholes}
        self._begun = {head[:_LEAST_CUT] for head in self._heads if len(head) >= _LEAST_CUT}

    def __bool__(self) -> bool:
        return bool(self._wholes)

    def __contains__(self, line: str) -> bool:
        return any(head in line and self._has(line, head) for head in self._heads) or self._is_cut(line)

    def _has(self, line: str, head: str) -> bool:
        end = r"(?!\w)" if head in self._wholes else ""
        return re.search(rf"(?<!\w){re.escape(head)}{end}", line) is not None

    def _is_cut(self, line: str) -> bool:
        """Whether a line that was cut ends with how one of the texts begins."""
        body = line.removesuffix(_ELLIPSIS).rstrip()
        if body == line:
            return False
        tails = (body[at:] for at in range(max(len(body) - _COMPARED, 0), len(body) - _LEAST_CUT + 1))
        return any(
            any(head.startswith(tail) for head in self._heads)
            for tail in tails
            if tail[:_LEAST_CUT] in self._begun
        )


def _erase_notes(
    session: Session, since: Any, redacted: Redact, texts: Sequence[str], left: str
) -> list[tuple[int, int]]:
    """Overwrite the action where other meetings' notes list it; the notes' places."""
    repeated = Repeated(texts)
    rows = session.execute(
        select(LineRow.room_id, LineRow.seq, LineRow.text, LineRow.data).where(
            since,
            LineRow.kind == Kind.NOTE.value,
            LineRow.text.in_((notes.OPENED, notes.AGENDA)),
        )
    ).all()
    found = []
    for room_id, place, name, data in rows:
        told = json.loads(data or "{}")
        if name == notes.OPENED:
            actions = told.get("old_actions", [])
            listed = [action for action in actions if action.get("key") == redacted.action]
            for action in listed:
                action.update(text=left, owners=[], due=None)
            changed = bool(listed)
        else:
            points = told.get("points", [])
            told["points"] = [left if each in repeated else each for each in points]
            changed = told["points"] != points
        if changed:
            _overwrite(session, room_id, place, data=json.dumps(told, ensure_ascii=False))
            found.append((room_id, place))
    return found


def _meetings_of(
    session: Session, places: Iterable[tuple[int, int]], room_id: int | None, spans: Spans
) -> list[tables.Meeting]:
    """The meetings, other than the one of these spans, whose lines stand at the places."""
    found: dict[int, tables.Meeting] = {}
    for other, place in places:
        if other == room_id and any(first <= place and (not last or place <= last) for first, last in spans):
            continue
        for meeting in tables.at(session, other, place):
            found[meeting.id] = meeting
    return list(found.values())


def _overwrite(session: Session, room_id: int | None, place: int, **values: str | None) -> None:
    if "text" in values and room_id is not None:
        changing(session, room_id, (place,))
    session.execute(update(LineRow).where(LineRow.room_id == room_id, LineRow.seq == place).values(**values))
