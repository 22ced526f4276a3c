"""What is said to us and around us.

Rules of this file:

1. What a room sends as said by us is our own coming back: it is not reported, but tells that it has arrived,
   and which id the room gave it.
2. A delay stamp in a live message is its sender's word, and so does not count. Two are our server's: of what
   it kept while we were away, which is not answered; and of what it gives us again after a link was cut.
3. Nothing of the type ``error`` is speech, nor what comes from a room's or a server's own address.
4. Who writes to us directly is who their server says; who writes through a room is that room's occupant.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bot.model import Actor, Kind, Line, Room
from bot.networks.entering import deliver
from bot.networks.events import Heard, Invited
from bot.networks.xmpp import rooms
from bot.networks.xmpp.entering import repeated, result, topic_told
from bot.networks.xmpp.events import Reflected, Refused
from bot.networks.xmpp.jids import Jid, is_bare, parse
from bot.networks.xmpp.lines import (
    OWN_ID,
    Content,
    content,
    made_id,
    meant_id,
    note,
    own_ids,
    room_id,
    spread,
)
from bot.networks.xmpp.names import clean
from bot.networks.xmpp.stanzas import (
    CLIENT,
    DELAY,
    INVITE,
    MAM,
    MUC_USER,
    OCCUPANT,
    Element,
    child,
    children,
    error_of,
    only,
    statuses,
    text_of,
    time_of,
)
from bot.networks.xmpp.state import Chat, Occupant, State, occupant_id, set_open
from bot.text import plain

log = logging.getLogger(__name__)

_SLACK = timedelta(minutes=1)
"""How far a server's clock may be from ours, where we compare its times with ours."""
_OUT = frozenset({"not-acceptable"})
"""A room's answer to a message of somebody who is not in it."""


def message(s: State, stanza: Element) -> None:
    """A message of any type."""
    sender = parse(stanza.get("from", "") or s.me.bare)
    type_ = stanza.get("type", "normal")
    chat = s.chat(sender.bare)
    if type_ == "error":
        _refused(s, chat, stanza)
        return
    if chat is not None:
        chat.heard = s.now
        if not sender.resource:
            _of_the_room(s, chat, stanza)
        elif type_ == "groupchat":
            _groupchat(s, chat, sender.resource, stanza)
        else:
            _aside(s, chat, sender.resource, stanza)
        return
    if type_ == "groupchat" or child(stanza, "result", MAM) is not None:
        return  # of a room that we left, or of an archive that we did not ask
    if _mediated(s, sender, stanza):
        return
    if not is_bare(sender.bare) or sender.bare == s.me.bare:
        return
    _direct(s, sender, stanza)


# In a room


def _groupchat(s: State, chat: Chat, nick: str, stanza: Element) -> None:
    if not chat.joined:
        return
    if repeated(s, chat, stanza):
        return
    if nick == chat.nick:
        _echo(s, chat, nick, stanza)
        return
    _, actor, sender = _who(s, chat, nick, stanza)
    if child(stanza, "subject", CLIENT) is not None and child(stanza, "body", CLIENT) is None:
        _topic(s, chat, actor, stanza)
        return
    found = content(stanza, chat.references, sender)
    if found is None:
        return
    ids = own_ids(stanza)
    given = room_id(chat, stanza)
    line = given
    if line is None and not (ids and chat.references.has_used(sender, ids[0])):
        line = made_id(chat.jid, nick, ids)
    note(chat.references, line, found, sender, stanza)
    whole = Line(chat.room, _time(s, stanza), found.kind, actor, found.text, line, data=found.data)
    for each in spread(whole, found.parts, chat.references):
        deliver(s, chat, each)


def _who(s: State, chat: Chat, nick: str, stanza: Element) -> tuple[Occupant | None, Actor, str]:
    """Who a live message of a room comes from, and what stays the same of them."""
    id_ = occupant_id(only(stanza, "occupant-id", OCCUPANT)) if chat.gives_occupant_ids else None
    occupant = chat.occupants.get(nick)
    if occupant is not None and (id_ is None or occupant.id is None or occupant.id == id_):
        return occupant, s.actor(chat, occupant), occupant.sender
    # The room does not show this one, or has not yet.
    return None, s.past_actor(chat, nick, id_, None), f"id {id_}" if id_ is not None else ""


def _echo(s: State, chat: Chat, nick: str, stanza: Element) -> None:
    """Our own message has come to the room."""
    given = room_id(chat, stanza)
    for one in own_ids(stanza):
        s.events.append(Reflected(one))
        if given is not None and one.startswith(OWN_ID):
            chat.references.note(meant_id(one), "me", (one,), given)
    if child(stanza, "subject", CLIENT) is not None and child(stanza, "body", CLIENT) is None:
        me = chat.me
        _topic(
            s,
            chat,
            s.actor(chat, me) if me is not None else Actor(s.network, chat.shown(nick)),
            stanza,
            own=True,
        )


def _topic(s: State, chat: Chat, actor: Actor, stanza: Element, *, own: bool = False) -> None:
    topic = plain(text_of(stanza, "subject") or "")
    is_first, chat.has_topic = not chat.has_topic, True
    if not is_first and topic != chat.topic:
        time, id_ = _time(s, stanza), room_id(chat, stanza)
        deliver(s, chat, Line(chat.room, time, Kind.TOPIC, actor, topic, id_, own=own))
    chat.topic = topic
    if is_first:
        topic_told(s, chat)


def _of_the_room(s: State, chat: Chat, stanza: Element) -> None:
    """The room itself: what its archive holds, how it is set up, its topic, an invitation to it."""
    if child(stanza, "result", MAM) is not None:
        result(s, chat, stanza)
        return
    user = only(stanza, "x", MUC_USER)
    if user is not None and child(user, "invite", MUC_USER) is not None:
        rooms.invited(s, chat)
        return
    if not chat.joined or stanza.get("type") != "groupchat":
        return
    codes = statuses(user)
    if "172" in codes:
        set_open(chat, True)
    if codes & {"173", "174"}:
        set_open(chat, False)
    if codes & {"104", "172", "173", "174"}:
        rooms.ask_features(s, chat)
    if child(stanza, "subject", CLIENT) is not None and child(stanza, "body", CLIENT) is None:
        _topic(s, chat, Actor(s.network, clean(parse(chat.jid).local)), stanza)


def _aside(s: State, chat: Chat, nick: str, stanza: Element) -> None:
    """An occupant to us alone."""
    if not chat.joined or nick == chat.nick:
        return
    occupant, actor, sender = _who(s, chat, nick, stanza)
    if occupant is None:
        return  # whom we would answer, nobody could say
    _private(s, s.private_in(chat, nick), actor, sender, stanza)


# Directly


def _direct(s: State, sender: Jid, stanza: Element) -> None:
    direct = only(stanza, "x", INVITE)
    if direct is not None:
        jid = parse(direct.get("jid", "")).bare
        if is_bare(jid):
            _invited(s, jid, s.stranger(sender))
        return
    _private(s, s.private_with(sender.bare), s.stranger(sender), sender.bare, stanza)


def _mediated(s: State, sender: Jid, stanza: Element) -> bool:
    """Whether that is an invitation through a room that we are not to be in (XEP-0045, section 7.8.2)."""
    user = only(stanza, "x", MUC_USER)
    invite = child(user, "invite", MUC_USER) if user is not None else None
    if invite is None:
        return False
    by = parse(invite.get("from", ""))
    if sender.resource or not is_bare(sender.bare) or not is_bare(by.bare):
        return True
    if _is_trusted_service(s, sender.domain):
        _invited(s, sender.bare, s.stranger(by))
    else:
        log.info("%s: an invitation by a service that we do not know was left alone", s.network)
    return True


def _is_trusted_service(s: State, domain: str) -> bool:
    """Whether a service's word may be taken for who invites: our own server's, or one where we have rooms.
    Anybody can run another that says what it likes.
    """
    own = s.me.domain
    known = {parse(jid).domain for jid in s.chats}
    return domain == own or domain.endswith(f".{own}") or domain in known


def _invited(s: State, jid: str, by: Actor) -> None:
    chat = s.chat(jid)
    if chat is not None:
        rooms.invited(s, chat)
    else:
        s.events.append(Invited(s.room(jid), by))


def _private(s: State, room: Room, actor: Actor, sender: str, stanza: Element) -> None:
    references = s.references(room.name)
    found = content(stanza, references, sender)
    if found is None:
        return
    ids = own_ids(stanza)
    line = None
    if ids and not references.has_used(sender, ids[0]):
        line = made_id(room.name, sender, ids)
    note(references, line, found, sender, stanza)
    if stanza.get("type") == "headline" and found.kind is Kind.SAID:
        found = Content(Kind.NOTICE, found.text, found.data)
    kept = _kept_at(s, stanza)
    time = kept or _time(s, stanza)
    whole = Line(room, time, found.kind, actor, found.text, line, history=kept is not None, data=found.data)
    s.events.extend(Heard(each) for each in spread(whole, found.parts, references))


def _kept_at(s: State, stanza: Element) -> datetime | None:
    """When our server took in what it kept for us while we were away; ``None`` for what is said now."""
    for delay in children(stanza, "delay", DELAY):
        by = parse(delay.get("from", ""))
        time = time_of(delay.get("stamp"), s.now)
        if by.bare == s.me.domain and time is not None and (s.lost_at is None or time < s.lost_at - _SLACK):
            return time
    return None


def _time(s: State, stanza: Element) -> datetime:
    """When a live message was said: now, or while the link was cut that has been resumed."""
    if s.lost_at is None:
        return s.now
    for delay in children(stanza, "delay", DELAY):
        by = parse(delay.get("from", ""))
        time = time_of(delay.get("stamp"), s.now)
        if by.bare in (s.me.bare, s.me.domain) and time is not None and s.lost_at - _SLACK <= time <= s.now:
            return time
    return s.now


# What did not arrive


def _refused(s: State, chat: Chat | None, stanza: Element) -> None:
    condition, text = error_of(stanza)
    id_ = stanza.get("id", "")
    if not id_.startswith(OWN_ID):
        return
    is_room = chat is not None and not parse(stanza.get("from", "")).resource
    lost_us = chat is not None and is_room and condition in _OUT
    s.events.append(Refused(id_, later=lost_us))
    where = chat.room if chat is not None else "somebody"
    log.info("%s: a message to %s was refused: %s %r", s.network, where, condition, text)
    if chat is not None and lost_us and chat.joined:
        rooms.check(s, chat)
