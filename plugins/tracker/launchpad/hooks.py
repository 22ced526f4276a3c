"""What Launchpad's webhooks say (https://documentation.ubuntu.com/launchpad/user/how-to/launchpad-api/webhooks/).

Rules:

1. A delivery is Launchpad's only if ``X-Hub-Signature`` is ``sha1=`` and the HMAC-SHA1 of its body with the
   webhook's secret, in hexadecimal digits. It is compared in a time that tells nothing, before anything that
   was sent is understood.
2. What it says is never taken for true: it only tells what to look at. So a delivery that comes twice, late
   or in another order does no harm, and which came is remembered while Muster runs, and no longer.
3. An event that is not known, one about another project, and a ping are right, and mean nothing here.
4. A body has at most :data:`LONGEST` bytes: a bug's description stands in it twice.

Pure.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import unquote

from bot.text import counted, one_line, shorten
from plugins.tracker.items import ItemKind, Ref

LONGEST = 1024 * 1024
"""Bytes."""
_BUG_EVENTS = frozenset({"bug:0.1", "bug:comment:0.1"})
_REVIEW_EVENT = "merge-proposal:0.1"


class Reviews(enum.Enum):
    """Something about reviews has changed."""

    CHANGED = "changed"


Told: TypeAlias = "Ref | Reviews | None"
"""What a delivery says is to be looked at."""


class WrongDeliveryError(Exception):
    """What was sent is no delivery of Launchpad's; ``status`` is HTTP's."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def signature(secret: str, body: bytes) -> str:
    """What ``X-Hub-Signature`` says of a body."""
    return "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


def told(headers: Mapping[str, str], body: bytes, secret: str, project: str) -> Told:
    """What a delivery with these headers (their names in small letters) says of a project. Raises
    :class:`WrongDeliveryError`.
    """
    given = headers.get("x-hub-signature", "")
    if not given:
        raise WrongDeliveryError(401, "it has no signature")
    if not hmac.compare_digest(given.strip().encode(), signature(secret, body).encode()):
        raise WrongDeliveryError(401, "its signature is wrong")
    event = headers.get("x-launchpad-event-type", "")
    if not event:
        raise WrongDeliveryError(400, "it names no event")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WrongDeliveryError(400, "it is not JSON") from error
    if not isinstance(said, dict):
        raise WrongDeliveryError(400, "it is no object")
    if event in _BUG_EVENTS:
        return _bug(said, project)
    if event == _REVIEW_EVENT:
        return Reviews.CHANGED if _is_merged_into(said, project) else None
    return None


def _bug(said: Mapping[str, Any], project: str) -> Ref | None:
    """The bug that an event is about: ``target`` is ``/nova``, ``bug`` is ``/bugs/7``."""
    parts = _parts(said, "bug")
    if len(parts) != 2 or parts[0] != "bugs" or not (parts[1].isascii() and parts[1].isdecimal()):
        raise WrongDeliveryError(400, "it names no bug")
    return Ref(ItemKind.BUG, str(int(parts[1]))) if _parts(said, "target")[:1] == [project] else None


def _is_merged_into(said: Mapping[str, Any], project: str) -> bool:
    """Whether a merge proposal is one into a branch of the project: ``/~OWNER/PROJECT/...`` or
    ``/PROJECT``. Where that is not told, it may be.
    """
    _parts(said, "merge_proposal")
    state = said.get("new") or said.get("old")
    if not isinstance(state, dict):
        return True
    targets = [state.get(name) for name in ("target_branch", "target_git_repository")]
    named = [_path(one) for one in targets if isinstance(one, str)]
    return not named or any(
        (path[1:2] if path[:1] and path[0].startswith("~") else path[:1]) == [project] for path in named
    )


def _parts(said: Mapping[str, Any], name: str) -> list[str]:
    """The parts of an address that an event tells."""
    path = said.get(name)
    if not isinstance(path, str):
        raise WrongDeliveryError(400, f"it has no {name.replace('_', ' ')}")
    return _path(path)


def _path(text: str) -> list[str]:
    return [unquote(part) for part in text.strip("/").split("/")]


class Deliveries:
    """Which deliveries came while Muster runs, the last thousand of them."""

    _KEPT = 1000

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}
        self.last: datetime | None = None
        """When the last that was right came."""
        self.event = ""
        """What it was."""

    def came(self, id_: str, event: str, now: datetime) -> bool:
        """A delivery came, and was right; whether it is the first with this id. One without an id is."""
        self.last, self.event = now, shorten(one_line(event), 40)
        is_first = not id_ or id_ not in self._ids
        if id_:
            self._ids[id_] = None
        if len(self._ids) > self._KEPT:
            del self._ids[next(iter(self._ids))]
        return is_first


class Refusals:
    """What was sent and refused, and what of it the log hears: each reason at most once an hour."""

    _EVERY = timedelta(hours=1)

    def __init__(self) -> None:
        self._logged: dict[str, datetime] = {}
        self._since: dict[str, int] = {}
        self.last: datetime | None = None
        self.why = ""

    def add(self, why: str, now: datetime) -> str:
        """One more; what to log of it, nothing where that was said lately."""
        self.last, self.why = now, why
        if why in self._logged and now - self._logged[why] < self._EVERY:
            self._since[why] = self._since.get(why, 0) + 1
            return ""
        self._logged[why] = now
        more = self._since.pop(why, 0)
        return f"{why} (and {counted(more, 'other')} since the last hour)" if more else why
