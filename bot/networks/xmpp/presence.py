"""Who is where: coming, leaving, being put out, changing nick (XEP-0045, section 7).

Rules of this file:

1. While we are joining, the room tells who is there already: they are noted and not reported. Our own
   presence ends that.
2. A presence without the room's own element, or of a room that we did not ask for, is nothing.
3. What we ourselves do is not reported; being put out is.
4. Somebody else under a nick, by the occupant id, is somebody else, although the room may not have told that
   the one before had left.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.model import Json, Kind, Line
from bot.networks.entering import deliver
from bot.networks.xmpp import rooms
from bot.networks.xmpp.jids import parse
from bot.networks.xmpp.names import clean
from bot.networks.xmpp.stanzas import (
    CLIENT,
    MUC_USER,
    OCCUPANT,
    Element,
    child,
    error_of,
    only,
    statuses,
    text_of,
)
from bot.networks.xmpp.state import Chat, Occupant, State, occupant_id, set_open
from bot.text import plain

_AFFILIATIONS = frozenset({"owner", "admin", "member", "none", "outcast"})
_ROLES = frozenset({"moderator", "participant", "visitor", "none"})
_PUT_OUT = frozenset({"301", "307", "321", "322"})
"""Banned, kicked, no longer a member, members only."""
_CUT_OFF = frozenset({"332", "333"})
_MOST_ACCOUNTS = 2000


def presence(s: State, stanza: Element) -> None:
    """A presence of a room's occupant."""
    sender = parse(stanza.get("from", ""))
    chat = s.chat(sender.bare)
    if chat is None or not (chat.joining or chat.joined):
        return
    chat.heard = s.now
    type_ = stanza.get("type", "")
    if type_ == "error":
        rooms.refused(s, chat, sender.resource, *error_of(stanza))
        return
    user = only(stanza, "x", MUC_USER)
    if not sender.resource or user is None:
        return
    if type_ == "unavailable":
        _unavailable(s, chat, sender.resource, stanza, user)
    elif not type_:
        _available(s, chat, sender.resource, stanza, user)


def _available(s: State, chat: Chat, nick: str, stanza: Element, user: Element) -> None:
    codes = statuses(user)
    is_me = "110" in codes or (chat.joined and nick == chat.nick)
    if is_me and nick != chat.nick:  # the room made it another (210), or has another spelling of it
        occupant = chat.occupants.pop(chat.nick, None)
        chat.nick = nick
        if occupant is not None and chat.joined:
            occupant.nick, occupant.actor = nick, None
            chat.occupants[nick] = occupant
    id_ = occupant_id(only(stanza, "occupant-id", OCCUPANT)) if chat.gives_occupant_ids else None
    occupant = chat.occupants.get(nick)
    if occupant is not None and occupant.id is not None and id_ is not None and occupant.id != id_:
        _leave(s, chat, occupant, "", {"how": "part"})
        occupant = None
    is_new = occupant is None
    if occupant is None:
        occupant = chat.occupants[nick] = s.new_occupant(nick)
        chat.shown(nick)  # by the order of coming, not of speaking
    _note(chat, occupant, id_, child(user, "item", MUC_USER))
    if is_me:
        if "100" in codes:
            set_open(chat, True)
        if not chat.joined:
            rooms.joined(s, chat, is_new="201" in codes)
    elif is_new and chat.joined:
        report(s, chat, Kind.JOINED, occupant)


def _note(chat: Chat, occupant: Occupant, id_: str | None, item: Element | None) -> None:
    """What the room tells of an occupant."""
    occupant.actor = None
    if id_ is not None:
        occupant.id, occupant.sender = id_, f"id {id_}"
    if item is None:
        return
    affiliation, role = item.get("affiliation", ""), item.get("role", "")
    occupant.affiliation = affiliation if affiliation in _AFFILIATIONS else "none"
    occupant.role = role if role in _ROLES else "none"
    jid = item.get("jid")
    occupant.jid = parse(jid).bare if jid else None
    if occupant.id is not None and occupant.jid is not None:
        chat.accounts.pop(occupant.id, None)
        chat.accounts[occupant.id] = occupant.jid
        while len(chat.accounts) > _MOST_ACCOUNTS:
            del chat.accounts[next(iter(chat.accounts))]


def _unavailable(s: State, chat: Chat, nick: str, stanza: Element, user: Element) -> None:
    codes = statuses(user)
    item = child(user, "item", MUC_USER)
    new = item.get("nick", "") if item is not None else ""
    is_me = "110" in codes or nick == chat.nick
    occupant = chat.occupants.get(nick)
    if "303" in codes and new and occupant is not None and chat.joined:
        _rename(s, chat, occupant, new, is_me=is_me)
        return
    destroyed = child(user, "destroy", MUC_USER)
    data: Mapping[str, Json] = {"how": "quit" if codes & _CUT_OFF else "part"}
    why = text_of(stanza, "status", CLIENT) or ""
    if codes & _PUT_OUT or destroyed is not None:
        data = _by(chat, item)
        source = destroyed if destroyed is not None else item
        why = (text_of(source, "reason", MUC_USER) or "") if source is not None else ""
    if not is_me:
        if occupant is not None:
            _leave(s, chat, occupant, why, data)
        return
    if chat.joined and occupant is not None and data["how"] == "kick":
        report(s, chat, Kind.LEFT, occupant, why, data, own=True)
    rooms.out(s, chat, "it was closed" if destroyed is not None else "we were put out", put_out=True)


def _by(chat: Chat, item: Element | None) -> Mapping[str, Json]:
    """The ``data`` of being put out: by whom, where the room tells."""
    actor = child(item, "actor", MUC_USER) if item is not None else None
    nick = actor.get("nick", "") if actor is not None else ""
    if not nick:
        return {"how": "kick"}
    return {"how": "kick", "by": chat.shown(nick) if nick in chat.occupants else clean(nick)}


def _leave(s: State, chat: Chat, occupant: Occupant, why: str, data: Mapping[str, Json]) -> None:
    if chat.joined:
        report(s, chat, Kind.LEFT, occupant, why, data)
        s.gone(chat, occupant.nick)
    del chat.occupants[occupant.nick]
    rooms.nick_is_free(s, chat, occupant.nick)


def _rename(s: State, chat: Chat, occupant: Occupant, new: str, *, is_me: bool) -> None:
    old = occupant.nick
    before = s.actor(chat, occupant)
    if not is_me:
        s.gone(chat, old)
    stale = chat.occupants.get(new)
    if stale is not None and stale is not occupant:
        _leave(s, chat, stale, "", {"how": "part"})
    del chat.occupants[old]
    occupant.nick, occupant.actor = new, None
    chat.occupants[new] = occupant
    if is_me:
        chat.nick = new
        chat.shown(new)
        rooms.renamed(s, chat)
        return
    line = Line(chat.room, s.now, Kind.RENAMED, before, chat.shown(new))
    deliver(s, chat, line)
    rooms.nick_is_free(s, chat, old)


def report(
    s: State,
    chat: Chat,
    kind: Kind,
    occupant: Occupant,
    text: str = "",
    data: Mapping[str, Json] | None = None,
    *,
    own: bool = False,
) -> None:
    """Report what an occupant did, now."""
    line = Line(chat.room, s.now, kind, s.actor(chat, occupant), plain(text), own=own, data=data or {})
    deliver(s, chat, line)
