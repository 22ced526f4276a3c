"""One mail to a mail server, over aiosmtplib, and what came of it for each of its recipients.

Rules:

1. Each step has its time-out: the connection, the greeting, TLS, each command, and the answer to the whole
   mail, for which a server may take longest: who gives up there does not know whether it was taken (RFC
   5321, section 4.5.3.2).
2. The way is encrypted, and the server proves that it is the one that was named, unless the operator said
   ``none``. A server that will not encrypt is trouble, never a reason to do without.
3. What the server says of this mail for ever (5xx to MAIL, RCPT or DATA) is :attr:`Fate.REFUSED`; what it
   says for now, and whatever fails before the mail is on its way, is :attr:`Fate.LATER`. So is what it says
   of us: that the password is wrong is put right in ``bot.ini``, and the mail is not to be lost meanwhile.
4. Whatever fails between the mail's last byte and the answer to it is :attr:`Fate.UNKNOWN`: it may have been
   taken.
"""

from __future__ import annotations

import asyncio
import enum
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.text import one_line, shorten

if TYPE_CHECKING:
    from aiosmtplib import SMTP

ANSWER_TAKES = 10
"""So many times as long as another step the answer to the whole mail may take."""
_ABOUT_US = frozenset({421, 530, 534, 535, 538})
"""Answers that are about the connection or how we log in, and not about the mail (RFC 4954, RFC 5321)."""
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


class Fate(enum.StrEnum):
    """What became of a mail for one of its recipients. The values are stored."""

    WAITING = "waiting"
    """Nothing yet."""
    SENT = "sent"
    LATER = "later"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it, and what the server said or what was wrong, in one line."""

    fate: Fate
    answer: str = ""


class TroubleError(Exception):
    """The server cannot be used now. The text is one line."""


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server. ``security`` is ``starttls``, ``tls`` or ``none``; ``step`` is how long a step may
    take.
    """

    host: str
    port: int
    security: str = "starttls"
    user: str = ""
    password: str = ""
    cafile: Path | None = None
    step: timedelta = timedelta(seconds=60)

    def __repr__(self) -> str:
        """Without the password."""
        return f"Server({self.host!r}, {self.port}, {self.security!r})"


Compose = Callable[[Sequence[str]], Awaitable[bytes | None]]
"""Called with the recipients that are accepted: the mail as it is to go out now, after it is noted that it
does; ``None`` where it is to go no more.
"""


@asynccontextmanager
async def opened(server: Server) -> AsyncIterator[Courier]:
    """A server that takes mail; in the end it is told good-bye. Raises :class:`TroubleError` where it cannot
    be used.
    """
    client = await _connected(server)
    step = server.step.total_seconds()
    try:
        yield Courier(client, step)
        await _leave(client, step)
    finally:
        client.close()


@dataclass(frozen=True, slots=True)
class Courier:
    """A connection that is encrypted and logged in as it is to be. ``step`` is in seconds."""

    client: SMTP
    step: float

    async def deliver(
        self, sender: str, recipients: Iterable[str], compose: Compose, *, utf8: bool = False
    ) -> Mapping[str, Result]:
        """Hand a mail over: what became of it for each recipient, those of whom nothing came left out."""
        return await _transaction(self.client, sender, list(recipients), compose, self.step, utf8=utf8)


async def why_not(server: Server) -> str:
    """Why no mail could be handed to a server now; nothing where one could."""
    try:
        async with opened(server):
            return ""
    except TroubleError as error:
        return str(error)


async def _connected(server: Server) -> SMTP:
    """A connection that is encrypted and logged in as it is to be."""
    from aiosmtplib import SMTP, SMTPException

    step = server.step.total_seconds()
    try:
        trusted = None if server.security == "none" else await asyncio.to_thread(_trusted, server.cafile)
        client = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.security == "tls",
            start_tls=False,
            tls_context=trusted,
            local_hostname=_own_name(),
            timeout=step,
        )
        await client.connect()
    except (SMTPException, OSError, ValueError) as error:
        raise TroubleError(said(error)) from error
    try:
        if server.security == "starttls":
            await client.starttls()
        if server.user:
            await client.login(server.user, server.password)
        elif client.is_ehlo_or_helo_needed:
            await client.ehlo()
    except (SMTPException, OSError, ValueError) as error:
        client.close()
        raise TroubleError(said(error)) from error
    except BaseException:
        client.close()
        raise
    return client


def _trusted(cafile: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=cafile)


def _own_name() -> str:
    name = socket.gethostname()
    return name if _HOST.fullmatch(name) else "localhost"


async def _transaction(
    client: SMTP, sender: str, recipients: list[str], compose: Compose, step: float, *, utf8: bool
) -> Mapping[str, Result]:
    from aiosmtplib import SMTPException, SMTPResponseException

    options = ["SMTPUTF8"] if utf8 else []
    if utf8 and not client.supports_extension("smtputf8"):
        why = "the server does not know SMTPUTF8, which letters beyond ASCII in an address need"
        return dict.fromkeys(recipients, Result(Fate.REFUSED, why))
    encoding = "utf-8" if utf8 else "ascii"
    results: dict[str, Result] = {}
    try:
        await client.mail(sender, options=options, encoding=encoding)
    except (SMTPException, OSError) as error:
        return dict.fromkeys(recipients, _of(error))
    for recipient in recipients:
        try:
            await client.rcpt(recipient, encoding=encoding)
        except SMTPResponseException as error:
            results[recipient] = _of(error)
            if not client.is_connected:
                break
        except (SMTPException, OSError) as error:
            results[recipient] = _of(error)
            break
    taken = [recipient for recipient in recipients if recipient not in results]
    if not client.is_connected:
        why = next(reversed(results.values()), Result(Fate.LATER)).answer
        return results | dict.fromkeys(taken, Result(Fate.LATER, why))
    if not taken:
        return results
    mail = await compose(taken)
    if mail is None:
        return results
    return results | dict.fromkeys(taken, await _data(client, mail, step))


async def _data(client: SMTP, mail: bytes, step: float) -> Result:
    """DATA, the mail, and the answer to it (RFC 5321, section 4.1.1.4). aiosmtplib's own way does not tell a
    connection that died before the mail was asked for from one that died before the answer.
    """
    from aiosmtplib import SMTPException, SMTPResponseException

    try:
        begun = await client.execute_command(b"DATA", timeout=step)
    except (SMTPException, OSError) as error:
        return _of(error)
    wire = client.protocol
    if begun.code != 354 or wire is None:
        return _of(SMTPResponseException(begun.code, begun.message))
    try:
        wire.write(dotted(mail))
        answer = await wire.read_response(timeout=step * ANSWER_TAKES)
    except (SMTPException, OSError) as error:
        client.close()  # an answer that comes late must not be taken for another's
        if isinstance(error, SMTPResponseException) and error.code > 0:
            return _of(error)
        return Result(Fate.UNKNOWN, said(error))
    if 200 <= answer.code < 300:
        return Result(Fate.SENT, _words(answer.code, answer.message))
    return _of(SMTPResponseException(answer.code, answer.message))


def dotted(mail: bytes) -> bytes:
    """A mail as it goes over the wire: lines that begin with a dot get another, and one ends it all (RFC
    5321, section 4.5.2). It has CRLF at the end of each line already.
    """
    end = b"" if mail.endswith(b"\r\n") else b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", mail) + end + b".\r\n"


async def _leave(client: SMTP, step: float) -> None:
    """Say good-bye, and do not mind what comes of it: all is known already."""
    from aiosmtplib import SMTPException

    try:
        if client.is_connected:
            await client.quit(timeout=min(step, 5.0))
    except (SMTPException, OSError):
        return
    finally:
        client.close()


def _of(error: Exception) -> Result:
    """What an error says of a mail that was not handed over."""
    code = getattr(error, "code", 0)
    is_final = 500 <= code < 600 and code not in _ABOUT_US
    return Result(Fate.REFUSED if is_final else Fate.LATER, said(error))


def said(error: Exception) -> str:
    """What is wrong, in one line that may be logged."""
    code = getattr(error, "code", None)
    if isinstance(code, int) and code > 0:
        return _words(code, str(getattr(error, "message", "")))
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {cause.verify_message}"
    return shorten(one_line(str(error)), 200) or type(error).__name__


def _words(code: int, message: str) -> str:
    return shorten(" ".join(one_line(f"{code} {message}").split()), 200)
