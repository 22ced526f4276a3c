"""One mail to one server, whatever the server does."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from plugins.publishing.courier import Compose, Fate, Result, Server, TroubleError, dotted, opened
from tests.plugins.publishing.peer import DIE, HANG, SLOW, TAKE_AND_DIE, Peer, Plan, certificate

FROM, LIST, BOB = "muster@example.org", "nova@lists.example.org", "bob@example.org"
MAIL = b"Subject: minutes\r\nMessage-ID: <1@example.org>\r\n\r\nHello\r\n.\r\n..two\r\n"
STEP = timedelta(seconds=0.3)
STEPS = ["connect", "EHLO", "MAIL", "RCPT", "DATA"]


class Composer:
    """Makes the mail, and notes for whom."""

    def __init__(self, mail: bytes | None = MAIL) -> None:
        self.mail = mail
        self.asked: list[tuple[str, ...]] = []

    async def __call__(self, recipients: Sequence[str]) -> bytes | None:
        self.asked.append(tuple(recipients))
        return self.mail


async def deliver(
    server: Server, sender: str, to: Sequence[str], compose: Compose, *, utf8: bool = False
) -> Mapping[str, Result]:
    async with opened(server) as courier:
        return await courier.deliver(sender, to, compose, utf8=utf8)


async def send(peer: Peer, *to: str, composer: Composer | None = None, utf8: bool = False) -> dict[str, Fate]:
    server = Server("127.0.0.1", peer.port, "none", step=STEP)
    results = await deliver(server, FROM, to or (LIST,), composer or Composer(), utf8=utf8)
    return {name: result.fate for name, result in results.items()}


async def test_a_mail_arrives_to_the_last_byte() -> None:
    async with Peer() as peer:
        composer = Composer()
        assert await send(peer, LIST, BOB, composer=composer) == {LIST: Fate.SENT, BOB: Fate.SENT}
    (mail,) = peer.mails
    assert (mail.sender, mail.to, mail.data) == (FROM, (LIST, BOB), MAIL)
    assert composer.asked == [(LIST, BOB)]
    assert peer.steps[-1] == "QUIT"


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("what", [HANG, DIE, "421 closing", "451 come back later"])
async def test_what_fails_before_the_mail_is_on_its_way_is_known_not_to_be_taken(
    step: str, what: str
) -> None:
    async with Peer([{step: what}]) as peer:
        if step in {"connect", "EHLO"}:
            with pytest.raises(TroubleError, match=r"^[^\n]+$"):
                await send(peer)
        else:
            assert await send(peer) == {LIST: Fate.LATER}
        assert peer.mails == []
        assert await send(peer) == {LIST: Fate.SENT}


@pytest.mark.parametrize("what", [HANG, DIE, TAKE_AND_DIE])
async def test_what_fails_after_the_last_byte_may_have_been_taken(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.publishing.courier.ANSWER_TAKES", 1)
    async with Peer([{".": what}]) as peer:
        assert await send(peer) == {LIST: Fate.UNKNOWN}


@pytest.mark.parametrize(
    ("plan", "fate"),
    [
        ({"MAIL": "550 not from you"}, Fate.REFUSED),
        ({"MAIL": "530 log in first"}, Fate.LATER),
        ({"RCPT": "550 no such list"}, Fate.REFUSED),
        ({"RCPT": "450 greylisted"}, Fate.LATER),
        ({"DATA": "554 no"}, Fate.REFUSED),
        ({".": "552 too large"}, Fate.REFUSED),
        ({".": "451 try later"}, Fate.LATER),
        ({".": "421 shutting down"}, Fate.LATER),
        ({".": "nonsense"}, Fate.UNKNOWN),
        ({"RCPT": "251 will forward"}, Fate.SENT),
    ],
)
async def test_what_the_server_says_decides(plan: Plan, fate: Fate) -> None:
    async with Peer([plan]) as peer:
        assert await send(peer) == {LIST: fate}


async def test_who_is_refused_does_not_cost_the_others_their_mail() -> None:
    carol = "carol@example.org"
    async with Peer([{f"RCPT {BOB}": "550 no such user", f"RCPT {carol}": "451 later"}]) as peer:
        found = await send(peer, BOB, LIST, carol)
    assert found == {BOB: Fate.REFUSED, LIST: Fate.SENT, carol: Fate.LATER}
    assert peer.mails[0].to == (LIST,)


async def test_a_connection_that_dies_among_the_recipients_takes_nothing() -> None:
    async with Peer([{f"RCPT {BOB}": DIE}]) as peer:
        assert await send(peer, LIST, BOB) == {LIST: Fate.LATER, BOB: Fate.LATER}
    assert peer.mails == []


async def test_what_is_to_go_no_more_does_not_go() -> None:
    async with Peer() as peer:
        assert await send(peer, composer=Composer(None)) == {}
    assert peer.mails == []
    assert "DATA" not in peer.steps


async def test_a_server_as_slow_as_a_snail_gets_its_mail() -> None:
    async with Peer([dict.fromkeys([*STEPS, ".", "QUIT"], SLOW)]) as peer:
        slow = Server("127.0.0.1", peer.port, "none", step=timedelta(seconds=10))
        found = await deliver(slow, FROM, [LIST], Composer())
    assert found[LIST].fate is Fate.SENT
    assert peer.mails[0].data == MAIL


async def test_letters_beyond_ascii_in_an_address_need_a_server_that_knows_them() -> None:
    address = "мастер@example.org"
    async with Peer(extensions=["8BITMIME"]) as peer:
        assert await send(peer, address, utf8=True) == {address: Fate.REFUSED}
    async with Peer() as peer:
        assert await send(peer, address, utf8=True) == {address: Fate.SENT}
    assert peer.mails[0].to == (address,)
    assert "SMTPUTF8" in peer.mails[0].options


async def test_a_server_that_is_not_there_is_trouble() -> None:
    async with Peer() as peer:
        port = peer.port
    with pytest.raises(TroubleError, match=r"refused|failed"):
        await deliver(Server("127.0.0.1", port, "none", step=STEP), FROM, [LIST], Composer())


# TLS


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: certificate(folder, name) for name in ("localhost", "other.example.org")}


def context(file: Path) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(file)
    return made


def secret(peer: Peer, security: str, cafile: Path | None) -> Server:
    return Server("localhost", peer.port, security, "muster", "opensesame", cafile, timedelta(seconds=5))


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_the_way_is_secret_and_the_password_goes_there_alone(
    security: str, keys: dict[str, Path]
) -> None:
    file = keys["localhost"]
    async with Peer(tls=context(file), tls_at_once=security == "tls") as peer:
        server = secret(peer, security, file)
        results = await deliver(server, FROM, [LIST], Composer())
        assert results[LIST].fate is Fate.SENT
        assert peer.was_secret == [True]
        assert len(peer.logins) == 1
        assert "opensesame" not in repr(server)


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("wrong", ["another name", "nobody's word"])
async def test_a_certificate_that_proves_nothing_is_trouble(
    security: str, wrong: str, keys: dict[str, Path]
) -> None:
    shown = keys["other.example.org" if wrong == "another name" else "localhost"]
    trusted = shown if wrong == "another name" else None
    async with Peer(tls=context(shown), tls_at_once=security == "tls") as peer:
        with pytest.raises(TroubleError, match="certificate"):
            await deliver(secret(peer, security, trusted), FROM, [LIST], Composer())
        assert peer.logins == []
        assert peer.mails == []


async def test_a_server_that_will_not_encrypt_gets_nothing() -> None:
    async with Peer(extensions=["AUTH PLAIN"]) as peer:
        with pytest.raises(TroubleError, match="STARTTLS"):
            await deliver(secret(peer, "starttls", None), FROM, [LIST], Composer())
        assert peer.logins == []


async def test_a_wrong_password_is_trouble_and_not_the_mail_s_fault(
    keys: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    file = keys["localhost"]
    extensions = ["AUTH PLAIN", "STARTTLS"]
    async with Peer([{"AUTH": "535 wrong"}], tls=context(file), extensions=extensions) as peer:
        with pytest.raises(TroubleError, match="535"):
            await deliver(secret(peer, "starttls", file), FROM, [LIST], Composer())
    assert "opensesame" not in caplog.text


async def test_a_send_that_is_called_off_leaves_no_connection() -> None:
    async with Peer([{"MAIL": HANG}]) as peer:
        task = asyncio.create_task(send(peer))
        await peer.until(lambda: "MAIL" in peer.steps)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def test_dots_are_doubled_at_the_beginnings_of_lines() -> None:
    assert dotted(b".a\r\nb.\r\n.\r\n") == b"..a\r\nb.\r\n..\r\n.\r\n"
    assert dotted(b"no end") == b"no end\r\n.\r\n"
