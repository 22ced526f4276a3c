"""Posting a meeting's JSON to a program, over httpx, signed so that it can tell who posted it.

Rules:

1. The body is signed with HMAC-SHA256; the signature stands in ``X-Hub-Signature-256`` as ``sha256=HEX``,
   the form that most receivers of webhooks know.
2. ``X-Muster-Delivery`` is the same for each try of one delivery: a receiver that has it already may answer
   200.
3. Each step has ten seconds. A redirect is not followed: who signs for one address does not post to another.
4. 2xx is taken; 410 ends it for good; everything else is tried again.
"""

from __future__ import annotations

import asyncio
import enum
import hashlib
import hmac
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.text import one_line, shorten
from plugins.publishing.addresses import HookUrl

STEP = 10.0
"""Seconds that each step may take."""
WHOLE = 60.0
"""Seconds that all of them may take together."""


class Taken(enum.Enum):
    """How a post was answered."""

    YES = "yes"
    LATER = "later"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Post:
    """What is posted: ``delivery`` is its id; ``body`` is JSON."""

    url: HookUrl
    event: str
    delivery: str
    body: bytes


def signature(body: bytes, secret: str) -> str:
    """``sha256=HEX``: that whoever made this knows the secret."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def body_of(
    event: str, meeting: str, addresses: Mapping[str, str], record: Mapping[str, Any] | None
) -> bytes:
    """The JSON that is posted: the meeting's record, with ``event``, ``id`` and ``addresses`` beside it;
    where nothing is to be read of the meeting any more, these alone.
    """
    head = {"event": event, "id": meeting, "addresses": dict(addresses)}
    return json.dumps({**(record or {"muster": 1}), **head}, ensure_ascii=True).encode()


async def post(what: Post, secret: str, version: str) -> tuple[Taken, str]:
    """Post it: how it was answered, and in which words."""
    import httpx

    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Muster/{version}",
        "X-Hub-Signature-256": signature(what.body, secret),
        "X-Muster-Event": what.event,
        "X-Muster-Delivery": what.delivery,
    }
    try:
        async with asyncio.timeout(WHOLE):
            trusted = await asyncio.to_thread(ssl.create_default_context)
            async with (
                httpx.AsyncClient(verify=trusted, timeout=STEP, follow_redirects=False) as client,
                client.stream("POST", what.url, content=what.body, headers=headers) as answer,
            ):
                return _answered(answer.status_code)  # what else it says is not read
    except TimeoutError:
        return Taken.LATER, "no answer in time"
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return Taken.LATER, shorten(one_line(str(error)), 120) or type(error).__name__


def _answered(status: int) -> tuple[Taken, str]:
    if 200 <= status < 300:
        return Taken.YES, f"{status}"
    if status == 410:
        return Taken.GONE, "410: it wants no more"
    if 300 <= status < 400:
        return Taken.LATER, f"{status}: it sends elsewhere, which is not followed"
    return Taken.LATER, f"{status}"
