"""The rooms that we are to be in: joining, staying, and getting back in.

Rules of this file:

1. A room is asked what it can (XEP-0030) before it is joined: whether it keeps an archive, gives ids, shows
   addresses. It is joined also where it does not answer, and asked again then: it may be slow, or not have
   been there before we came.
2. With our nick taken, the next alternative is tried at once; once in under another, ours is taken when its
   holder is seen to leave it, and asked for now and then where nobody is seen to have it.
3. Whatever keeps us out is logged once, with what to do about it, and tried again ever more slowly; so is a
   room that puts us out.
4. A room that has been silent is asked whether we are still in it (self-ping, XEP-0410): a service that was
   restarted, or lost its link to our server, has forgotten us without a word.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.networks import entering
from bot.networks.backoff import ROOM_FIRST, SETTLED, room_wait
from bot.networks.xmpp.entering import begin, told
from bot.networks.xmpp.jids import parse
from bot.networks.xmpp.stanzas import (
    DATA,
    DISCO_INFO,
    MUC,
    MUC_OWNER,
    PING,
    Element,
    add,
    child,
    children,
    error_of,
    fields,
    make,
    stamp,
)
from bot.networks.xmpp.state import Chat, State, set_open

log = logging.getLogger(__name__)

ANSWERED = timedelta(seconds=60)
"""How long the answer to joining may take."""
ASKED = timedelta(seconds=10)
"""How long a room may take to say what it can."""
SILENCE = timedelta(minutes=5)
"""After how much silence of a room we ask whether we are in it."""
NICK_PAUSE = timedelta(seconds=5)
NICK_POLL = timedelta(minutes=10)
SUFFIXES = ("", "_", "__", "1", "2", "3", "4", "5", "6", "7")

REFUSALS: Mapping[str, str] = {
    "not-authorized": "its password is wrong or missing: write it after the room's name",
    "forbidden": "we are banned from it: ask its admins",
    "registration-required": "only its members may enter: make our address one of them",
    "service-unavailable": "it is full, or its service is down",
    "item-not-found": "there is no such room, or it is not set up yet",
    "not-allowed": "there is no such room, and we may not make it",
    "not-acceptable": "it takes no nick of ours: change nick",
    "jid-malformed": "the service does not take its name or our nick; correct them",
    "remote-server-not-found": "its service cannot be reached; correct its name",
    "remote-server-timeout": "its service does not answer",
    "gone": "it has moved; correct its name",
    "resource-constraint": "the service lets us into no more rooms",
    "policy-violation": "the service holds us back",
}
_MOST_REASONS = 10
_STILL_IN = frozenset({"service-unavailable", "feature-not-implemented", "item-not-found"})
_UNKNOWN = frozenset({"remote-server-not-found", "remote-server-timeout"})


def join(s: State, chat: Chat) -> None:
    """Ask a room what it can, then join it."""
    if not s.online or chat.joining or chat.joined:
        return
    s.timers.cancel(_timer("join", chat))
    chat.joining = True
    ask_features(s, chat, lambda: _enter(s, chat))


def ask_features(s: State, chat: Chat, then: Callable[[], None] | None = None) -> None:
    """Ask a room what it can; ``then`` is called when it has answered, or will not."""

    def answered(answer: Element | None) -> None:
        if s.chat(chat.jid) is chat:
            if answer is not None and answer.get("type") == "result":
                take_features(chat, child(answer, "query", DISCO_INFO))
            if then is not None:
                then()

    s.ask(chat.jid, "get", make("query", DISCO_INFO), answered, ASKED)


def take_features(chat: Chat, query: Element | None) -> None:
    """What a room says of itself (XEP-0045, section 6.4)."""
    if query is None:
        return
    chat.told = True
    chat.features = frozenset(one.get("var", "") for one in children(query, "feature", DISCO_INFO))
    set_open(chat, "muc_nonanonymous" in chat.features)
    values = {name: value for form in children(query, "x", DATA) for name, value in fields(form)}
    chat.everybody_sets_topic = values.get("muc#roominfo_changesubject") in ("1", "true")


def _enter(s: State, chat: Chat) -> None:
    if chat.joined or not chat.joining or not s.online:
        return
    chat.occupants.clear()
    chat.has_topic = False
    presence = make("presence", to=f"{chat.jid}/{chat.nick}", id=secrets.token_hex(8))
    x = add(presence, "x", MUC)
    if chat.key:
        add(x, "password", MUC, chat.key)
    known = s.known(chat.room)
    if known is None or chat.has_archive:
        add(x, "history", MUC, maxstanzas="0")
    else:
        add(x, "history", MUC, since=stamp(known.time - entering.OVERLAP))
    s.send(presence)
    s.timers.at(_timer("join", chat), s.now + ANSWERED, lambda: _unanswered(s, chat))


def _unanswered(s: State, chat: Chat) -> None:
    if chat.joining and not chat.joined:
        _keep_trying(s, chat, "its service does not answer")


def joined(s: State, chat: Chat, *, is_new: bool) -> None:
    """We are in: the room has told us so."""
    chat.joining, chat.joined, chat.since, chat.heard = False, True, s.now, s.now
    chat.kept_out.clear()
    s.timers.cancel(_timer("join", chat))
    if is_new:  # it is locked until whoever made it says how it is to be; the service's defaults will do
        log.warning("%s: there was no room %s; now there is", s.network, chat.room)
        query = make("query", MUC_OWNER)
        query.append(make("x", DATA, type="submit"))
        s.ask(chat.jid, "set", query, lambda _answer: _ask_again(s, chat))
    elif not chat.told:
        _ask_again(s, chat)
    renamed(s, chat)
    _watch(s, chat)
    begin(s, chat)


def _ask_again(s: State, chat: Chat) -> None:
    """Ask a room that we are in what it can."""
    if chat.joined:
        ask_features(s, chat, lambda: told(s, chat))


def refused(s: State, chat: Chat, nick: str, condition: str, text: str) -> None:
    """A room sent an error for a presence of ours: joining, or changing nick."""
    if chat.joined:
        if nick == chat.nick and condition != "conflict":
            check(s, chat)
        return  # our nick is not to be had yet; we go on under the one that we have
    if not chat.joining:
        return
    wanted = s.settings.nick
    if condition in ("conflict", "not-acceptable") and (following := _next(wanted, chat.nick)):
        chat.nick = following
        _enter(s, chat)
        return
    chat.nick = wanted
    why = REFUSALS.get(
        condition, "every nick that we tried is in use" if condition == "conflict" else condition
    )
    _keep_trying(s, chat, f"{why} ({text!r})" if text else why)


def _next(wanted: str, nick: str) -> str | None:
    """The alternative to try after a nick."""
    tried = [wanted + suffix for suffix in SUFFIXES]
    place = tried.index(nick) + 1 if nick in tried else 1
    return tried[place] if place < len(tried) else None


def _keep_trying(s: State, chat: Chat, why: str) -> None:
    if why not in chat.kept_out and len(chat.kept_out) < _MOST_REASONS:
        chat.kept_out.add(why)
        log.warning("%s: cannot join %s: %s", s.network, chat.room, why)
    _again(s, chat)


def _again(s: State, chat: Chat) -> None:
    chat.joining = False
    wait = room_wait(chat.attempts, s.chance)
    chat.attempts += 1
    s.timers.at(_timer("join", chat), s.now + wait, lambda: join(s, chat))


def out(s: State, chat: Chat, why: str, *, put_out: bool) -> None:
    """We are out of a room that we want to be in: come back, at once or (``put_out``) after a while."""
    was_in = chat.joined
    settled = was_in and chat.since is not None and s.now - chat.since >= SETTLED
    forget(s, chat)
    if settled:
        chat.attempts = 0
    if not put_out:
        join(s, chat)
    elif was_in:
        log.info("%s: out of %s: %s", s.network, chat.room, why)
        _again(s, chat)
    else:
        _keep_trying(s, chat, why)


def forget(s: State, chat: Chat) -> None:
    """We are out of a room: nothing that we knew of it holds any longer."""
    if chat.joined:
        entering.leave(s, chat)
        for nick in list(chat.occupants):
            s.gone(chat, nick)
    chat.joined = chat.joining = False
    chat.occupants.clear()
    chat.nick = s.settings.nick
    for what in ("join", "watch", "nick"):
        s.timers.cancel(_timer(what, chat))


def leave(s: State, chat: Chat, why: str) -> None:
    """Be in a room no more."""
    if chat.joined or chat.joining:
        presence = make("presence", to=f"{chat.jid}/{chat.nick}", type="unavailable")
        if why:
            add(presence, "status", "jabber:client", why)
        s.send(presence)
    forget(s, chat)


# Our nick


def renamed(s: State, chat: Chat) -> None:
    """We go by another nick now, or have just come: work towards ours."""
    if chat.nick == s.settings.nick:
        s.timers.cancel(_timer("nick", chat))
        s.timers.cancel(_timer("take", chat))
    else:
        s.timers.at(_timer("nick", chat), s.now + NICK_POLL, lambda: _poll(s, chat))


def nick_is_free(s: State, chat: Chat, nick: str) -> None:
    """Somebody gave a nick up."""
    if nick == s.settings.nick and chat.joined and chat.nick != nick:
        s.timers.at(_timer("take", chat), s.now + NICK_PAUSE, lambda: _take(s, chat))


def _poll(s: State, chat: Chat) -> None:
    _take(s, chat)
    renamed(s, chat)


def _take(s: State, chat: Chat) -> None:
    wanted = s.settings.nick
    if chat.joined and s.online and chat.nick != wanted and wanted not in chat.occupants:
        s.send(make("presence", to=f"{chat.jid}/{wanted}", id=secrets.token_hex(8)))


# Whether we are in


def _watch(s: State, chat: Chat) -> None:
    s.timers.at(_timer("watch", chat), (chat.heard or s.now) + SILENCE, lambda: _look(s, chat))


def _look(s: State, chat: Chat) -> None:
    if not chat.joined:
        return
    if s.online and (chat.heard is None or s.now - chat.heard >= SILENCE):
        check(s, chat)
        s.timers.at(_timer("watch", chat), s.now + SILENCE, lambda: _look(s, chat))
    else:
        s.timers.at(
            _timer("watch", chat),
            max((chat.heard or s.now) + SILENCE, s.now + ROOM_FIRST),
            lambda: _look(s, chat),
        )


def check(s: State, chat: Chat) -> None:
    """Ask the room whether we are in it (XEP-0410, section 3)."""
    since = chat.since
    if not chat.told:
        _ask_again(s, chat)

    def answered(answer: Element | None) -> None:
        if s.chat(chat.jid) is not chat or not chat.joined or chat.since != since or answer is None:
            return
        condition = error_of(answer)[0] if answer.get("type") == "error" else ""
        if condition and condition not in _STILL_IN | _UNKNOWN:
            log.warning("%s: %s had lost us; joining it again", s.network, chat.room)
            out(s, chat, "the room had lost us", put_out=False)

    s.ask(f"{chat.jid}/{chat.nick}", "get", make("ping", PING), answered)


def _timer(what: str, chat: Chat) -> str:
    return f"{what} {chat.jid}"


def add_chat(s: State, name: str, key: str) -> Chat:
    """Know of one room that is wanted."""
    jid = parse(name).bare
    chat = s.chats.get(jid)
    if chat is None:
        chat = s.chats[jid] = Chat(jid, s.room(jid), key, s.settings.nick)
    chat.key = key or chat.key
    return chat


def invited(s: State, chat: Chat) -> None:
    """Somebody lets us into a room that we want to be in: try at once."""
    if not chat.joined and not chat.joining:
        join(s, chat)
