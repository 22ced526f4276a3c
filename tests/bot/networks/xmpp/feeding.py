"""A session that is fed with stanzas, and stanzas as a room sends them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from bot.model import Line, Room
from bot.networks.base import Known
from bot.networks.events import Entered, Heard, Invited
from bot.networks.xmpp.events import Close, Event, Send
from bot.networks.xmpp.session import Session
from bot.networks.xmpp.settings import XmppSettings
from bot.networks.xmpp.stanzas import Element, stamp
from bot.settings import Secret

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROOM = "nova@rooms.test"
MAM, SID, OCCUPANT = "urn:xmpp:mam:2", "urn:xmpp:sid:0", "urn:xmpp:occupant-id:0"
OPEN = "muc_nonanonymous"
RICH = (MAM, SID, OCCUPANT, OPEN)


class Feed:
    """A session with a clock that stands still until told otherwise, and all that came out of it."""

    def __init__(
        self, known: Callable[[Room], Known | None], wanted: dict[str, str], **settings: Any
    ) -> None:
        self.now = START
        self.events: list[Event] = []
        self.session = Session(
            "net",
            XmppSettings(jid="muster@home.test", password=Secret("x"), **settings),
            known=known,
            wanted=wanted,
            now=START,
            chance=random.Random(1),
        )
        self.state = self.session.state

    def __call__(self, *stanzas: str) -> Sequence[Event]:
        """Feed stanzas; gives what they brought about."""
        new: list[Event] = []
        for stanza in stanzas:
            element = ElementTree.fromstring(f"<s xmlns='jabber:client'>{stanza}</s>")[0]
            new += self.session.receive(element, self.now)
        self.events += new
        return new

    def online(self, *, resumed: bool = False) -> Feed:
        self.events += self.session.online(self.now, resumed=resumed)
        return self

    def offline(self) -> Feed:
        self.events += self.session.offline(self.now)
        return self

    def later(self, seconds: float) -> Sequence[Event]:
        """Let time pass, with everything done that is due meanwhile, when it is due."""
        end = self.now + timedelta(seconds=seconds)
        new: list[Event] = []
        while (due := self.session.due) is not None and due <= end:
            self.now = max(self.now, due)
            new += self.session.tick(self.now)
        self.now = end
        self.events += new
        return new

    # What came out

    def sent(self, tag: str = "", to: str = "") -> list[Element]:
        """What was sent, of one kind and to one address."""
        found = [event.stanza for event in self.events if isinstance(event, Send)]
        return [
            one for one in found if one.tag.endswith(f"}}{tag}" if tag else "") and to in ("", one.get("to"))
        ]

    def asked(self, namespace: str) -> Element:
        """The latest question (iq) in that namespace."""
        return next(
            one
            for one in reversed(self.sent("iq"))
            if any(child.tag.startswith(f"{{{namespace}}}") for child in one)
        )

    def lines(self, events: Sequence[Event] | None = None) -> list[Line]:
        return [
            event.line for event in (self.events if events is None else events) if isinstance(event, Heard)
        ]

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def entered(self) -> list[Entered]:
        return self.of(Entered)

    @property
    def invited(self) -> list[Invited]:
        return self.of(Invited)

    @property
    def closed(self) -> list[Close]:
        return self.of(Close)

    # What the room does

    def features(self, *features: str, room: str = ROOM, form: str = "") -> None:
        """Answer what the room can."""
        question = next(one for one in reversed(self.sent("iq", room)) if one[0].tag.endswith("info}query"))
        listed = "".join(f"<feature var='{one}'/>" for one in features)
        self(
            f"<iq type='result' from='{room}' id='{question.get('id')}'>"
            f"<query xmlns='http://jabber.org/protocol/disco#info'>{listed}{form}</query></iq>"
        )

    def joined(
        self,
        *nicks: str,
        features: Sequence[str] = RICH,
        room: str = ROOM,
        topic: str | None = "",
        me: str = "muster",
        earlier: bool = True,
    ) -> Feed:
        """Come into a room in which people are; with ``topic=None`` the room does not tell it yet. Its
        archive, if it has one, holds nothing of before, or (``earlier=False``) does not answer yet.
        """
        self.features(*features, room=room)
        self(*(presence(nick, room=room) for nick in nicks))
        self(presence(me, codes=("110",), jid="muster@home.test/muster", room=room))
        if topic is not None:
            self(f"<message type='groupchat' from='{room}'><subject>{escape(topic)}</subject></message>")
        if earlier and MAM in features and self.session.state.known(Room("net", room)) is not None:
            self.fin(room=room)
        return self

    def result(
        self, body: str, *, nick: str, id_: str, at: datetime, inner: str = "", queryid: str = "", **more: str
    ) -> str:
        """A result of the room's archive, to the question that was asked last."""
        question = queryid or self.asked(MAM)[0].get("queryid", "")
        room = more.get("room", ROOM)
        said = more.get("said") or f"<body>{escape(body)}</body>"
        return (
            f"<message from='{more.get('by', room)}'><result xmlns='{MAM}' queryid='{question}' id='{id_}'>"
            f"<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='{stamp(at)}'/>"
            f"<message xmlns='jabber:client' type='groupchat' from={quoteattr(f'{room}/{nick}')} "
            f"id='{more.get('own', '')}'>{said}{inner}</message></forwarded></result></message>"
        )

    def fin(self, *, complete: bool = True, last: str = "", room: str = ROOM) -> Sequence[Event]:
        """The end of a page."""
        return self(
            f"<iq type='result' from='{room}' id='{self.asked(MAM).get('id')}'><fin xmlns='{MAM}' "
            f"complete='{'true' if complete else 'false'}'><set xmlns='http://jabber.org/protocol/rsm'>"
            f"<last>{last}</last></set></fin></iq>"
        )


def presence(
    nick: str,
    *,
    room: str = ROOM,
    type_: str = "",
    codes: Sequence[str] = (),
    jid: str | None = None,
    occupant: str | None = None,
    affiliation: str = "none",
    role: str = "participant",
    item: str = "",
    extra: str = "",
) -> str:
    """A presence as a room sends it; by default of somebody whose account and occupant id are as the nick."""
    jid = f"{nick.lower().replace(' ', '.')}@home.test/pc" if jid is None else jid
    occupant = f"id-{nick.encode().hex()}" if occupant is None else occupant
    told = f" jid={quoteattr(jid)}" if jid else ""
    marks = "".join(f"<status code='{code}'/>" for code in codes)
    id_ = f"<occupant-id xmlns='{OCCUPANT}' id='{occupant}'/>" if occupant else ""
    item = f"{item or '/>'}{marks}{extra}"
    of_type = f" type='{type_}'" if type_ else ""
    return (
        f"<presence from={quoteattr(f'{room}/{nick}')}{of_type}>{id_}<x xmlns='http://jabber.org/protocol/muc#user'>"
        f"<item affiliation='{affiliation}' role='{role}'{told}{item}</x></presence>"
    )


def said(
    body: str,
    nick: str = "alice",
    *,
    id_: str = "",
    own: str = "",
    room: str = ROOM,
    extra: str = "",
    occupant: str | None = None,
) -> str:
    """A message as a room sends it: ``id_`` is the room's id of it, ``own`` the sender's."""
    given = f"<stanza-id xmlns='{SID}' by='{room}' id='{id_}'/>" if id_ else ""
    occupant = f"id-{nick.encode().hex()}" if occupant is None else occupant
    who = f"<occupant-id xmlns='{OCCUPANT}' id='{occupant}'/>" if occupant else ""
    mine = f" id='{own}'" if own else ""
    return (
        f"<message type='groupchat' from={quoteattr(f'{room}/{nick}')}{mine}><body>{escape(body)}</body>"
        f"{extra}{who}{given}</message>"
    )
