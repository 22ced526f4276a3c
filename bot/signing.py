"""Links that open what is restricted for whoever has them, for some days; and the key that signs them.

Rules:

1. A signature holds for one path until a time, which is part of it (HMAC, RFC 2104, with SHA-256). A path
   that ends in a slash opens all that is below it; any other opens itself, and itself with an ending more
   (``/archive/nova.2026-11-22`` opens ``/archive/nova.2026-11-22.html``).
2. The key is kept in the database, so that all processes have the same. It is made where Muster runs, on
   first use. Whoever deletes its row ends all links that there are.
3. How long a comparison takes tells nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Integer, LargeBinary, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store import Base, Store, from_stamp, to_stamp

LAST = timedelta(days=14)
"""How long a link opens something."""
PARAMETER = "signed"
"""The name under which an address has its signature."""
_LONGEST = 100  # characters of a signature
_DEPTH = 16  # folders of a path that is looked into


class WebKeyRow(Base):
    """What signs links to restricted pages: one row."""

    __tablename__ = "web_key"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    key: Mapped[bytes] = mapped_column(LargeBinary)
    made: Mapped[int] = mapped_column(BigInteger)


def read_key(session: Session) -> bytes | None:
    """The key, if there is one: a transaction."""
    return session.scalar(select(WebKeyRow.key))


def _make_key(session: Session, now: datetime) -> bytes:
    found = read_key(session)
    if found is None:
        found = secrets.token_bytes(32)
        session.add(WebKeyRow(id=1, key=found, made=to_stamp(now)))
    return found


async def own_key(store: Store, now: datetime) -> bytes:
    """The key, which is made where there is none yet."""
    found = await store.read(read_key)
    while found is None:
        try:
            found = await store.write(_make_key, now)
        except IntegrityError:  # another process was quicker
            found = await store.read(read_key)
    return found


def opens(opened: str, path: str) -> bool:
    """Whether a link to ``opened`` opens ``path`` (rule 1)."""
    return path == opened or path.startswith(opened if opened.endswith("/") else f"{opened}.")


def sign(key: bytes, path: str, until: datetime) -> str:
    """The signature that opens a path until a time (UTC)."""
    stamp = f"{int(until.timestamp()):x}"
    return f"{stamp}-{_digest(key, path, stamp)}"


def opened_by(key: bytes, signature: str, path: str, now: datetime) -> str:
    """Which path at or above ``path`` a signature opens at this time (UTC); nothing where it opens none."""
    stamp, dash, digest = signature.partition("-")
    if not dash or len(signature) > _LONGEST or not _is_after(stamp, now):
        return ""
    given = digest.encode("utf-8", "replace")
    matching = [one for one in _above(path) if hmac.compare_digest(_digest(key, one, stamp).encode(), given)]
    return matching[0] if matching else ""


def _is_after(stamp: str, now: datetime) -> bool:
    try:
        return from_stamp(int(stamp, 16) * 1_000_000) > now
    except (ValueError, OverflowError):
        return False


def _above(path: str) -> Iterator[str]:
    """The paths that open ``path``, the nearest first."""
    yield path
    head, _, name = path.rpartition("/")
    stem = name
    for _ in range(2):  # .log.html is the longest ending that there is
        stem, dot, _ = stem.rpartition(".")
        if not dot:
            break
        yield f"{head}/{stem}"
    if not name:
        head = head.rpartition("/")[0]
    for _ in range(_DEPTH):
        if not head:
            return
        yield f"{head}/"
        head = head.rpartition("/")[0]


def _digest(key: bytes, path: str, stamp: str) -> str:
    made = hmac.new(key, f"muster link\0{stamp}\0{path}".encode("utf-8", "surrogateescape"), hashlib.sha256)
    return base64.urlsafe_b64encode(made.digest()).decode().rstrip("=")
