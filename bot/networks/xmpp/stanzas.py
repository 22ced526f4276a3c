"""Reading and making elements: the namespaces, and what several modules want of a stanza.

Nothing here raises for what an element holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

from bot.text import plain

Element = ElementTree.Element

CLIENT = "jabber:client"
MUC = "http://jabber.org/protocol/muc"
MUC_USER = "http://jabber.org/protocol/muc#user"
MUC_OWNER = "http://jabber.org/protocol/muc#owner"
DATA = "jabber:x:data"
DELAY = "urn:xmpp:delay"
DISCO_INFO = "http://jabber.org/protocol/disco#info"
ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"
FALLBACK = "urn:xmpp:fallback:0"
FORWARD = "urn:xmpp:forward:0"
INVITE = "jabber:x:conference"
MAM = "urn:xmpp:mam:2"
OCCUPANT = "urn:xmpp:occupant-id:0"
PING = "urn:xmpp:ping"
REACTIONS = "urn:xmpp:reactions:0"
REPLACE = "urn:xmpp:message-correct:0"
REPLY = "urn:xmpp:reply:0"
RSM = "http://jabber.org/protocol/rsm"
SID = "urn:xmpp:sid:0"

MESSAGE = f"{{{CLIENT}}}message"
PRESENCE = f"{{{CLIENT}}}presence"
IQ = f"{{{CLIENT}}}iq"

EARLIEST = datetime(1999, 1, 4, tzinfo=UTC)
"""When Jabber was announced."""
AHEAD = timedelta(days=1)
"""How much a server's clock may be before ours."""
LONGEST_ID = 128
"""Characters of an id that is kept as it is."""


def make(name: str, namespace: str = CLIENT, text: str = "", **attributes: str) -> Element:
    """An element; attributes that are empty are left out, and an underscore at an attribute's end too."""
    made = Element(
        f"{{{namespace}}}{name}", {key.rstrip("_"): value for key, value in attributes.items() if value}
    )
    if text:
        made.text = text
    return made


def add(parent: Element, name: str, namespace: str, text: str = "", **attributes: str) -> Element:
    """A new element within another."""
    made = make(name, namespace, text, **attributes)
    parent.append(made)
    return made


def child(parent: Element, name: str, namespace: str) -> Element | None:
    """The first element of that name, one level down."""
    return parent.find(f"{{{namespace}}}{name}")


def children(parent: Element, name: str, namespace: str) -> list[Element]:
    """All elements of that name, one level down."""
    return parent.findall(f"{{{namespace}}}{name}")


def only(parent: Element, name: str, namespace: str) -> Element | None:
    """The one element of that name; ``None`` where there are several, of which one must be forged."""
    found = children(parent, name, namespace)
    return found[0] if len(found) == 1 else None


def text_of(parent: Element, name: str, namespace: str = CLIENT) -> str | None:
    """The text of a child, in no language before any other; ``None`` where there is no such child."""
    found = children(parent, name, namespace)
    if not found:
        return None
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    return next((one for one in found if language not in one.attrib), found[0]).text or ""


def statuses(user: Element | None) -> frozenset[str]:
    """The status codes of a ``muc#user`` element (XEP-0045, section 15.6)."""
    if user is None:
        return frozenset()
    return frozenset(one.get("code", "") for one in children(user, "status", MUC_USER))


def error_of(stanza: Element) -> tuple[str, str]:
    """The condition of an error stanza (RFC 6120, section 8.3.3), and its text for the log."""
    error = child(stanza, "error", CLIENT)
    if error is None:
        return "undefined-condition", ""
    condition, text = "undefined-condition", ""
    for one in error:
        namespace, _, name = one.tag.removeprefix("{").partition("}")
        if namespace == ERRORS:
            if name == "text":
                text = plain(one.text or "")[:200]
            else:
                condition = name
    return condition, text


def time_of(stamp: str | None, now: datetime) -> datetime | None:
    """A time as XEP-0082 writes it, in UTC; ``None`` where it is none or cannot be true."""
    try:
        time = datetime.fromisoformat(stamp or "")
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # A clock that is far off would have every later line taken for one of the past.
    return time if EARLIEST <= time <= now + AHEAD else None


def stamp(time: datetime) -> str:
    """A time as XEP-0082 writes it, to the millisecond."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


def safe_id(text: str | None) -> str | None:
    """An id that may be kept and shown: one that is too long or holds what it should not is hashed."""
    if not text:
        return None
    if len(text) <= LONGEST_ID and text.isprintable() and " " not in text:
        return text
    return "sha-" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]


def fields(form: Element) -> Iterator[tuple[str, str]]:
    """The fields of a data form (XEP-0004) with their first values."""
    for one in children(form, "field", DATA):
        yield one.get("var", ""), text_of(one, "value", DATA) or ""
