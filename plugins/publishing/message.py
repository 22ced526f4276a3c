"""The mail: minutes as text and as HTML, under headers that nobody in chat can break out of. Pure.

Rules:

1. The same meeting's same edition is the same mail: its Message-ID is made of these two and nothing else,
   and its date is when it was first to go out.
2. What comes from chat stands in the subject, the text and the HTML alone; it is one line there, cut to a
   length, and encoded (RFC 2047) unless it is plain: an encoded word that somebody typed is text. Addresses
   are those of :mod:`plugins.publishing.addresses`.
3. All is 7-bit, so that any server takes it as it is (8BITMIME, RFC 6152, is not needed); where a local part
   has letters beyond ASCII, the headers are UTF-8 (RFC 6532), and the server must know SMTPUTF8.
4. It was made by a program (RFC 3834), and says nothing for the list: its headers are the list's own.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.text import find_urls, one_line, plain, shorten
from plugins.publishing.addresses import domain_of
from plugins.publishing.prints import Record, items_of

_TITLE, _TEAM = 80, 40
"""Columns of a meeting's and of a team's name in the subject."""
_NOT_CHARACTERS = re.compile("[\0\ud800-\udfff]")
_LOG = re.compile(r"(?m)^The full logs are available at\s+\S+\.log\.html\n")
_DECISIONS = frozenset({"agreed", "accepted", "rejected", "done"})
_LABELLESS = frozenset({"topic", "subtopic", "info"})


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whose mail it is, to whom, and which. ``id`` and ``first`` are Message-IDs: its own, and where it
    corrects an earlier mail that one's. ``date`` is in UTC.
    """

    id: str
    date: datetime
    sender: str
    sender_name: str
    to: Sequence[str]
    reply_to: str = ""
    first: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail says: the meeting's record and text form; ``team`` is what the team is called, or nothing;
    ``addresses`` where more is to be read, by what it is.
    """

    record: Record
    text: str
    team: str = ""
    addresses: Mapping[str, str] | None = None


def message_id(meeting: str, edition: int, sender: str) -> str:
    """The Message-ID (RFC 5322, section 3.6.4) of a meeting's edition; the same for ever."""
    made = hashlib.sha256(f"muster/{edition}/{meeting}".encode("utf-8", "replace")).hexdigest()[:32]
    return f"<{made}.{edition}@{domain_of(sender)}>"


def needs_utf8(addresses: Iterable[str]) -> bool:
    """Whether a server must know SMTPUTF8 (RFC 6531) for these addresses."""
    return not all(address.isascii() for address in addresses)


def subject(content: Content, *, corrected: bool = False) -> str:
    """One line: ``Minutes: Nova, Release planning, 2026-11-22``."""
    minutes = content.record["minutes"]
    title = shorten(_line(minutes["title"]), _TITLE)
    team = shorten(_line(content.team), _TEAM)
    day = _local(minutes["started"], minutes["zone"]).date().isoformat()
    names = [name for name in ([team] if team.lower() != title.lower() else []) + [title] if name]
    return f"{'Corrected minutes' if corrected else 'Minutes'}: {', '.join([*names, day])}"


def compose(envelope: Envelope, content: Content) -> bytes:
    """The whole mail, as it goes to the server."""
    from email.message import EmailMessage
    from email.policy import SMTP

    mail = EmailMessage(SMTP.clone(cte_type="7bit"))
    mail.set_content(text_of(content, corrected=bool(envelope.first)))
    mail.add_alternative(html_of(content, corrected=bool(envelope.first)), subtype="html")
    # One boundary for one mail, so that a repeat is the same to the last byte.
    mail.set_boundary(f"=_{hashlib.sha256(envelope.id.encode()).hexdigest()[:40]}")
    return "".join(_headers(envelope, content)).encode() + mail.as_bytes()


def _headers(envelope: Envelope, content: Content) -> Iterator[str]:
    """The headers, but for those of MIME. The email package would read an encoded word (RFC 2047) that
    somebody typed, and write what it decodes to, a line break included, so it is not given the text of any.
    """
    from email.utils import format_datetime

    yield _header("Date", format_datetime(envelope.date))
    yield _header("From", f"{_phrase(envelope.sender_name)} <{envelope.sender}>")
    yield _header("To", ",\r\n ".join(envelope.to))
    if envelope.reply_to:
        yield _header("Reply-To", envelope.reply_to)
    yield _header("Subject", _encoded(subject(content, corrected=bool(envelope.first)), "Subject"))
    yield _header("Message-ID", envelope.id)
    if envelope.first:
        yield _header("In-Reply-To", envelope.first)
        yield _header("References", envelope.first)
    yield _header("Auto-Submitted", "auto-generated")


def _header(name: str, value: str) -> str:
    return f"{name}: {value}\r\n"


def _encoded(text: str, header: str) -> str:
    """A line of text as it may stand in a header: folded, and encoded (RFC 2047) unless it is plain."""
    from email.header import Header

    is_plain = text.isascii() and text.isprintable() and "=?" not in text
    charset = "us-ascii" if is_plain else "utf-8"
    return Header(text, charset, maxlinelen=76, header_name=header).encode(linesep="\r\n")


def _phrase(name: str) -> str:
    """A name as it stands before an address (RFC 5322, section 3.2.5)."""
    name = _line(name)
    if name.isascii() and "=?" not in name:
        escaped = re.sub(r'(["\\])', r"\\\1", name)
        return name if re.fullmatch(r"[\w !#$%&'*+/=?^`{|}~-]+", name) else f'"{escaped}"'
    return _encoded(name, "From")


_CORRECTED = "These are corrected minutes, in place of those that were mailed before."


def text_of(content: Content, *, corrected: bool = False) -> str:
    """The mail as text."""
    parts = [_CORRECTED, ""] if corrected else []
    # Beside the minutes in the archive the log is a file in the same folder, which says nothing in a mail.
    told = _LOG.sub("", _NOT_CHARACTERS.sub("\ufffd", content.text), count=1)
    parts += [told.rstrip("\n")]
    if content.addresses:
        parts += ["", *(f"{what}: {where}" for what, where in content.addresses.items())]
    return "\n".join(parts) + "\n"


def html_of(content: Content, *, corrected: bool = False) -> str:
    """The mail as HTML that mail programs show: no style sheet, no picture, nothing fetched."""
    minutes = content.record["minutes"]
    zone = minutes["zone"]
    made: str = _template().render(
        minutes=minutes,
        title=_line(minutes["title"]),
        note=_CORRECTED if corrected else "",
        started=_local(minutes["started"], zone),
        ended=_local(minutes["ended"], zone) if minutes["ended"] else None,
        decisions=[item for item in items_of(minutes["sections"]) if item["kind"] in _DECISIONS],
        addresses=content.addresses or {},
    )
    return made


@functools.cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["pieces"] = _pieces
    made.filters["label"] = lambda kind: "" if kind in _LABELLESS else str(kind).upper()
    made.filters["line"] = _line
    return made.get_template("mail.html")


def _pieces(text: str) -> list[tuple[bool, str]]:
    """A text in pieces, each with whether it is an address."""
    text = _line(text)
    found: list[tuple[bool, str]] = []
    at = 0
    for start, end in find_urls(text):
        found += [(False, text[at:start]), (True, text[start:end])]
        at = end
    return [(is_url, piece) for is_url, piece in [*found, (False, text[at:])] if piece]


def _line(text: str) -> str:
    return " ".join(one_line(plain(text)).split())


def _local(stamp: str, zone: str) -> datetime:
    return datetime.fromisoformat(stamp).astimezone(ZoneInfo(zone))
