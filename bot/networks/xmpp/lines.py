"""Messages of rooms to the lines that the rest of Muster knows.

Rules of this file:

1. One message is one line, whatever line breaks it holds, except where each line in it begins as a command
   does (``#`` or ``!``): whoever pastes several commands means each. A correction of such a message corrects
   its lines, one by one.
2. ``/me`` (XEP-0245) is something done. A text that only stands in for what older clients do not know (the
   quote before a reply, XEP-0461 with XEP-0428) is taken out.
3. A correction is never speech, also where what it corrects is not known: then its ``of`` is empty. Only the
   occupant who said a message can correct it.
4. A reaction (XEP-0444) names all that its sender has on a message now; there may be none.
5. What Muster says again, or in several rooms at once, has an id from which the one in the record can be
   read. So a reaction to it is understood also after a restart.
6. The id of a line is the room's, where the room gives ids; else one made of the nick and the sender's own
   id, which is the same when the room repeats the message as history.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Container, Mapping
from datetime import datetime
from typing import NamedTuple

from bot.model import Json, Kind, Line, Room
from bot.networks.xmpp.events import Reflected
from bot.networks.xmpp.jids import fold, parse
from bot.networks.xmpp.references import References
from bot.networks.xmpp.stanzas import (
    CLIENT,
    FALLBACK,
    LONGEST_ID,
    MUC_USER,
    OCCUPANT,
    REACTIONS,
    REPLACE,
    REPLY,
    SID,
    Element,
    child,
    children,
    only,
    safe_id,
    text_of,
)
from bot.networks.xmpp.state import Chat, State, occupant_id
from bot.text import plain

OWN_ID = "muster-"
"""What our own messages' ids begin with."""
_AGAIN = f"{OWN_ID}of-"
_ROOM_DIGITS = 8
_COMMANDS = ("#", "!")
_MOST_PARTS = 20
_MOST_REACTIONS = 20
_LONGEST_REACTION = 32


class Content(NamedTuple):
    """What a message says."""

    kind: Kind
    text: str
    data: Mapping[str, Json]
    parts: tuple[str, ...] = ()
    """The lines that it is, where it is several."""


def content(message: Element, references: References, sender: str) -> Content | None:
    """What a message says; ``None`` where it says nothing that is a line."""
    reactions = child(message, "reactions", REACTIONS)
    if reactions is not None:
        return _reacted(reactions, references)
    body = text_of(message, "body")
    if body is None:
        return None
    replaced = child(message, "replace", REPLACE)
    if replaced is not None:
        of = references.of_sender(sender, replaced.get("id", "")) if sender else None
        body = _without_fallback(message, body)
        parts = _fitted(_lines(body), len(references.parts(of))) if of else ()
        return Content(Kind.CORRECTED, plain(body).removeprefix("/me "), {"of": of or ""}, parts)
    data: dict[str, Json] = {}
    reply = child(message, "reply", REPLY)
    if reply is not None and (answered := reply.get("id")):
        body = _without_fallback(message, body)
        data["reply_to"] = references.of(answered) or safe_id(answered)
    text = plain(body)
    if text.startswith("/me "):
        return Content(Kind.ACTED, text[4:], data)
    return Content(Kind.SAID, text, data, _commands(body)) if text.strip() else None


def _lines(body: str) -> list[str]:
    return [text for line in body.splitlines() if (text := plain(line).strip())]


def _commands(body: str) -> tuple[str, ...]:
    """The commands that a message is, by rule 1; nothing where it is one line."""
    lines = _lines(body) if "\n" in body else []
    if len(lines) < 2 or not all(line.startswith(_COMMANDS) for line in lines):
        return ()
    return _fitted(lines, min(len(lines), _MOST_PARTS))


def _fitted(lines: list[str], count: int) -> tuple[str, ...]:
    """These lines as so many: what is missing is empty, what is too much stands in the last."""
    if not count:
        return ()
    filled = [*lines, *[""] * (count - len(lines))]
    return (*filled[: count - 1], " ".join(filled[count - 1 :]))


def spread(line: Line, parts: tuple[str, ...], references: References) -> list[Line]:
    """The lines that a message is: itself, or by rule 1 several, of which each has an id of its own."""
    if not parts or line.id is None:
        return [line]
    of = line.data.get("of")
    first = of if line.kind is Kind.CORRECTED and isinstance(of, str) else line.id
    before = references.parts(first)
    references.split(first, parts)
    lines = []
    for number, text in enumerate(parts):
        behind = f".{number + 1}" if number else ""
        data = {**line.data, "of": f"{first}{behind}"} if line.kind is Kind.CORRECTED else line.data
        if line.kind is Kind.SAID or before[number : number + 1] != (text,):
            lines.append(line.replace(text=text, id=f"{line.id}{behind}", data=data))
    return lines


def _reacted(reactions: Element, references: References) -> Content | None:
    target = reactions.get("id", "")
    of = references.of(target) or safe_id(target)
    if of is None:
        return None
    found: dict[str, None] = {}
    for one in children(reactions, "reaction", REACTIONS)[:_MOST_REACTIONS]:
        text = plain(one.text or "").strip()
        if 0 < len(text) <= _LONGEST_REACTION:
            found[text] = None
    return Content(Kind.REACTED, "", {"of": of, "reactions": list(found)})


def _without_fallback(message: Element, body: str) -> str:
    """The text without the quote that a reply puts before it. Places count characters (XEP-0426)."""
    for fallback in children(message, "fallback", FALLBACK):
        if fallback.get("for") not in (None, REPLY):
            continue
        for part in children(fallback, "body", FALLBACK):
            start, end = _place(part.get("start"), 0), _place(part.get("end"), len(body))
            if 0 <= start < end <= len(body):
                return (body[:start] + body[end:]).lstrip("\n")
    return body


def _place(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else -1


def own_id(room: Room, known_as: str | None = None) -> str:
    """An id for a message of ours, used for no other; ``known_as`` is what the record calls it, where it has
    that already.
    """
    if known_as is None or len(known_as) > LONGEST_ID:
        return f"{OWN_ID}{secrets.token_hex(8)}"
    where = hashlib.sha256(str(room).encode("utf-8", "replace")).hexdigest()[:_ROOM_DIGITS]
    return f"{_AGAIN}{where}-{known_as.encode('utf-8', 'surrogatepass').hex()}"


def meant_id(own: str) -> str:
    """What the record calls the text that a message of ours with that id is (a part of)."""
    first = own.partition(".")[0]
    if not first.startswith(_AGAIN):
        return first
    try:
        known_as = bytes.fromhex(first[len(_AGAIN) + _ROOM_DIGITS + 1 :]).decode()
    except ValueError:
        return first
    return safe_id(known_as) or first


def own_ids(message: Element) -> tuple[str, ...]:
    """The ids that the sender gave a message."""
    origin = child(message, "origin-id", SID)
    ids = (message.get("id", ""), origin.get("id", "") if origin is not None else "")
    return tuple(dict.fromkeys(id_ for id_ in ids if id_ and len(id_) <= 256))


def room_id(chat: Chat, message: Element) -> str | None:
    """The id that the room itself gave a message."""
    if not chat.gives_ids:
        return None
    by_room = [one for one in children(message, "stanza-id", SID) if fold(one.get("by", "")) == chat.jid]
    return safe_id(by_room[0].get("id")) if len(by_room) == 1 else None


def made_id(place: str, nick: str, ids: tuple[str, ...]) -> str | None:
    """An id of what ``nick`` said at an address, where nobody gives one."""
    if not ids:
        return None
    return "x-" + hashlib.sha256("\n".join((place, nick, ids[0])).encode("utf-8", "replace")).hexdigest()[:32]


def note(references: References, line: str | None, found: Content, sender: str, message: Element) -> None:
    """Remember a message under its ids. A correction's own ids mean what it corrects."""
    if line is None or found.kind is Kind.REACTED:
        return
    of = found.data.get("of") if found.kind is Kind.CORRECTED else line
    if isinstance(of, str) and of:
        references.note(of, sender, own_ids(message), line)


def past(
    s: State,
    chat: Chat,
    message: Element,
    id_: str | None,
    time: datetime,
    known: Container[str] = (),
) -> list[Line]:
    """What a message of a room's history says: a line, or by rule 1 several; nothing for what is our own.

    ``id_`` is the archive's id of it, which is the room's id of the message; without one, the message tells.
    ``known`` are ids under which the journal has lines: if one is what we would give it, it keeps that.
    """
    sender = parse(message.get("from", ""))
    if sender.bare != chat.jid or not sender.resource or message.get("type") != "groupchat":
        return []
    nick = sender.resource
    occupant = occupant_id(only(message, "occupant-id", OCCUPANT)) if chat.gives_occupant_ids else None
    jid = _told_jid(message)
    ids = own_ids(message)
    if _is_ours(s, chat, nick, occupant, jid, ids):
        for one in ids:
            s.events.append(Reflected(one))
            if id_ is not None:
                chat.references.note(meant_id(one), "me", (one,), id_)
        return []
    made = made_id(chat.jid, nick, ids)
    given = safe_id(id_) or room_id(chat, message)
    line_id = made if given is None or made in known else given
    actor = s.past_actor(chat, nick, occupant, jid)
    if child(message, "subject", CLIENT) is not None and child(message, "body", CLIENT) is None:
        topic = plain(text_of(message, "subject") or "")
        return [Line(chat.room, time, Kind.TOPIC, actor, topic, line_id, history=True)]
    key = f"id {occupant}" if occupant is not None else ""
    found = content(message, chat.references, key)
    if found is None:
        return []
    note(chat.references, line_id, found, key, message)
    if given is not None and line_id is not None and given != line_id:
        chat.references.note(line_id, key, (), given)
    line = Line(chat.room, time, found.kind, actor, found.text, line_id, history=True, data=found.data)
    return spread(line, found.parts, chat.references)


def _told_jid(message: Element) -> str | None:
    """The real address that a room's archive tells of a message's sender (XEP-0313, section 5.1.2). Where
    there are two, one is forged.
    """
    user = only(message, "x", MUC_USER)
    item = only(user, "item", MUC_USER) if user is not None else None
    jid = item.get("jid") if item is not None else None
    return parse(jid).bare if jid else None


def _is_ours(
    s: State, chat: Chat, nick: str, occupant: str | None, jid: str | None, ids: tuple[str, ...]
) -> bool:
    me = chat.me
    if occupant is not None and me is not None and me.id is not None:
        return occupant == me.id
    if jid is not None and chat.is_open:
        return jid == s.me.bare
    return nick in (chat.nick, s.settings.nick) and any(one.startswith(OWN_ID) for one in ids)
