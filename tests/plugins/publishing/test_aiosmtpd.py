"""The mail as another server's code takes it, which has never seen ours."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope

from plugins.publishing.courier import Fate, Server, opened
from plugins.publishing.message import compose
from tests.plugins.publishing.test_message import ENVELOPE, HOSTILE, content, inert

LIST = "nova@lists.example.org"


class Box:
    """What came."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 taken"


async def mail(raw: bytes, port: int, to: Sequence[str] = (LIST,)) -> dict[str, Fate]:
    async def ready(_to: Sequence[str]) -> bytes:
        return raw

    async with opened(Server("127.0.0.1", port, "none", step=timedelta(seconds=10))) as courier:
        found = await courier.deliver("muster@example.org", to, ready)
    return {name: result.fate for name, result in found.items()}


@pytest.mark.parametrize("capable", [True, False])
async def test_hostile_minutes_arrive_as_they_were_sent(*, capable: bool) -> None:
    box = Box()
    loop = asyncio.get_running_loop()
    # Without SMTPUTF8 it takes nothing but ASCII; 7-bit is all that it ever gets.
    server = await loop.create_server(
        lambda: SMTP(box, enable_SMTPUTF8=capable, decode_data=False, loop=loop), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    for text in HOSTILE:
        told = content(text, team=text, nick=text)
        raw = compose(ENVELOPE, told)
        assert await mail(raw, port) == {LIST: Fate.SENT}
        got = box.envelopes.pop()
        assert (got.mail_from, got.rcpt_tos) == ("muster@example.org", [LIST])
        assert got.content == raw
        assert isinstance(got.content, bytes)
        inert(got.content, told)
    server.close()
    await server.wait_closed()


def test_neither_mail_nor_http_is_loaded_before_it_is_needed() -> None:
    program = (
        "import sys, plugins.publishing; "
        "assert not {'aiosmtplib', 'httpx', 'email.headerregistry'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
