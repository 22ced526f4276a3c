"""A person on XMPP, for tests: a small client of its own, so that Muster's is not tested against itself.

It shows what happens as :class:`~tests.live.person.Person` does, so that the same story can be told on both:
a message is a ``PRIVMSG``, who comes a ``JOIN``, who goes a ``QUIT``, a new nick a ``NICK``, a subject a
``TOPIC``.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import ssl
from dataclasses import dataclass
from typing import Any, Self
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from tests.live.listener import Listener
from tests.live.processes import LOOPBACK

Element = ElementTree.Element
CLIENT = "{jabber:client}"
USER = "{http://jabber.org/protocol/muc#user}"
_numbers = itertools.count(1)


def _parser() -> Any:
    return ElementTree.XMLPullParser(("start", "end"))


@dataclass(frozen=True, slots=True)
class Stanza:
    """One thing that the server sent."""

    element: Element
    command: str
    nick: str
    target: str
    text: str

    @property
    def raw(self) -> str:
        """As it came."""
        return ElementTree.tostring(self.element, "unicode")

    @property
    def params(self) -> tuple[str, ...]:
        """Where, and what."""
        return (self.target, self.text)

    @property
    def id(self) -> str:
        """The id that the room gave a message."""
        found = self.element.find("{urn:xmpp:sid:0}stanza-id")
        return "" if found is None else found.get("id", "")


class Jabber(Listener[Stanza]):
    """Somebody with an XMPP client, logged in as ``account`` on ``localhost``, in rooms as ``nick``."""

    def __init__(
        self, nick: str, account: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        super().__init__(nick, reader, writer)
        self.account = account
        self.rooms: list[str] = []
        self.here: dict[str, set[str]] = {}
        """Who is in which room."""
        self.parser = _parser()
        self.depth = 0

    @classmethod
    async def arrive(
        cls,
        port: int,
        nick: str,
        *,
        account: str = "",
        password: str = "secret",
        tls: ssl.SSLContext | None = None,
    ) -> Self:
        """Connect, log in and be available."""
        reader, writer = await asyncio.open_connection(LOOPBACK, port, limit=2**20)
        one = cls(nick, account or nick, reader, writer)
        one.open()
        await one.expect(lambda heard: heard.element.tag.endswith("}features"))
        plain = base64.b64encode(f"\0{one.account}\0{password}".encode()).decode()
        one.send(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>")
        answer = await one.expect(
            lambda heard: heard.element.tag.startswith("{urn:ietf:params:xml:ns:xmpp-sasl}")
        )
        assert answer.element.tag.endswith("}success"), answer.raw
        one.open()
        await one.expect(lambda heard: heard.element.tag.endswith("}features"))
        await one.ask("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>", "set")
        one.send("<presence/>")
        return one

    def open(self) -> None:
        """Begin a stream."""
        self.parser = _parser()
        self.depth = 0
        self.send(
            "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
            "xmlns:stream='http://etherx.jabber.org/streams'>"
        )

    def send(self, *stanzas: str) -> None:
        """Send raw XML."""
        for stanza in stanzas:
            self.writer.write(stanza.encode())

    async def listen(self) -> None:
        while some := await self.reader.read(65536):
            parser = self.parser
            parser.feed(some)
            for event, element in parser.read_events():
                assert isinstance(element, Element)
                self.depth += 1 if event == "start" else -1
                if event == "end" and self.depth == 1:
                    self.take(element)

    def take(self, element: Element) -> None:
        bare, _, nick = element.get("from", "").partition("/")
        command, text, target = element.tag.rpartition("}")[2].upper(), "", bare
        if element.tag == f"{CLIENT}message":
            subject = element.findtext(f"{CLIENT}subject")
            text = element.findtext(f"{CLIENT}body") or ""
            command = "ERROR" if element.get("type") == "error" else "PRIVMSG"
            if subject is not None and not text:
                command, text = "TOPIC", subject
            if element.get("type") != "groupchat":
                target = self.nick
                nick = nick if bare in self.rooms else bare.partition("@")[0]
        elif element.tag == f"{CLIENT}presence":
            command, text = self.presence(element, bare, nick)
        elif element.tag == f"{CLIENT}iq" and element.get("type") == "get":
            self.send(f"<iq type='result' to={quoteattr(element.get('from', ''))} id='{element.get('id')}'/>")
        self.take_in(Stanza(element, command, nick, target, text))

    def presence(self, element: Element, bare: str, nick: str) -> tuple[str, str]:
        here = self.here.setdefault(bare, set())
        if element.get("type") == "error":
            return "ERROR", ""
        if element.get("type") == "unavailable":
            here.discard(nick)
            item = element.find(f"{USER}x/{USER}item")
            codes = {one.get("code") for one in element.findall(f"{USER}x/{USER}status")}
            if "303" in codes and item is not None:
                new = item.get("nick", "")
                here.add(new)
                return "NICK", new
            return ("KICK" if "307" in codes else "QUIT"), ""
        if nick in here:
            return "PRESENCE", ""
        here.add(nick)
        return "JOIN", ""

    async def ask(self, query: str, type_: str = "get", to: str = "") -> Stanza:
        """Send an iq, and wait for its answer."""
        id_ = f"ask{next(_numbers)}"
        where = f" to={quoteattr(to)}" if to else ""
        self.send(f"<iq type='{type_}' id='{id_}'{where}>{query}</iq>")
        return await self.expect(lambda heard: heard.element.get("id") == id_ and heard.command == "IQ")

    async def join(self, room: str, key: str = "") -> None:
        password = f"<password>{escape(key)}</password>" if key else ""
        self.send(
            f"<presence to={quoteattr(f'{room}/{self.nick}')}><x xmlns='http://jabber.org/protocol/muc'>"
            f"{password}<history maxstanzas='0'/></x></presence>"
        )
        await self.expect(lambda heard: heard.command == "TOPIC" and heard.target == room)
        self.rooms.append(room)

    def say(self, target: str, text: str, *, id_: str = "", extra: str = "") -> str:
        """Say something in a room, or to a nick there, an occupant (``room/nick``) or an address alone; gives
        our id of it.
        """
        id_ = id_ or f"m{next(_numbers)}"
        if "@" not in target:  # somebody's nick
            target = f"{self.rooms[0]}/{target}"
        type_ = "groupchat" if target in self.rooms else "chat"
        self.send(
            f"<message type='{type_}' to={quoteattr(target)} id={quoteattr(id_)}><body>{escape(text)}</body>"
            f"{extra}</message>"
        )
        return id_

    def topic(self, room: str, text: str) -> None:
        self.send(
            f"<message type='groupchat' to={quoteattr(room)}><subject>{escape(text)}</subject></message>"
        )

    async def rename(self, nick: str) -> None:
        old = self.nick
        for room in self.rooms:
            self.send(f"<presence to={quoteattr(f'{room}/{nick}')}/>")
        await self.expect(lambda heard: heard.command == "NICK" and heard.nick == old)
        self.nick = nick

    async def role(self, room: str, nick: str, role: str, why: str = "") -> None:
        """Give a role to an occupant: ``none`` kicks."""
        item = f"<item nick={quoteattr(nick)} role='{role}'><reason>{escape(why)}</reason></item>"
        await self.ask(f"<query xmlns='http://jabber.org/protocol/muc#admin'>{item}</query>", "set", room)

    async def affiliate(self, room: str, account: str, affiliation: str) -> None:
        """Give an affiliation to an account: ``outcast`` bans."""
        item = f"<item jid='{account}@localhost' affiliation='{affiliation}'/>"
        await self.ask(f"<query xmlns='http://jabber.org/protocol/muc#admin'>{item}</query>", "set", room)

    async def configure(self, room: str, **values: str) -> None:
        """Set up a room; ``__`` stands for ``#``."""
        form = "".join(
            f"<field var='muc#roomconfig_{name}'><value>{escape(value)}</value></field>"
            for name, value in values.items()
        )
        kind = "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"
        answer = await self.ask(
            "<query xmlns='http://jabber.org/protocol/muc#owner'>"
            f"<x xmlns='jabber:x:data' type='submit'>{kind}{form}</x></query>",
            "set",
            room,
        )
        assert answer.element.get("type") == "result", answer.raw

    def bid_farewell(self) -> None:
        self.send("</stream:stream>")
