"""``[plugin publishing]``: what is right, what contradicts, what ``muster check`` says."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot import loader
from bot.cli import main
from bot.config import Config, ConfigError, parse
from bot.loader import declarations
from plugins.publishing.addresses import HookUrl, RoomTo, read_address
from plugins.publishing.settings import PublishingSettings
from tests.plugins.publishing.peer import Peer

RIGHT = "smtp = mail.example.org\nfrom = muster@example.org"
SECRET = "hook_secret = sixteen letters at least"


def configured(text: str, folder: Path = Path()) -> Config:
    whole = f"[network net]\ntype = console\n[plugin publishing]\n{text}\n"
    return parse(whole, folder / "bot.ini", plugins=declarations(loader.installed()))


def settings(text: str) -> PublishingSettings:
    found = configured(text).plugins["publishing"]
    assert isinstance(found, PublishingSettings)
    return found


def test_nothing_is_sent_unless_a_server_is_named() -> None:
    assert not PublishingSettings().is_mailing
    assert settings(RIGHT).is_mailing


@pytest.mark.parametrize(
    ("more", "port", "security"),
    [("", 587, "starttls"), ("security = tls", 465, "tls"), ("security = none", 25, "none")],
)
def test_the_port_follows_from_the_security(more: str, port: int, security: str) -> None:
    server = settings(f"{RIGHT}\n{more}").server
    assert (server.host, server.port, server.security) == ("mail.example.org", port, security)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("smtp = mail.example.org", r"from: is missing"),
        ("smtp = mail.example.org:25\nfrom = a@b.org", r"smtp = mail.example.org:25: must be a host"),
        (f"{RIGHT}\nuser = muster", r"user = muster: user and password belong together"),
        (f"{RIGHT}\npassword = x", r"user and password belong together"),
        (f"{RIGHT}\nuser = u\npassword = p\nsecurity = none", r"show the password"),
        (f"{RIGHT}\nsecurity = none\ncafile = x.pem", r"cafile = \S+x.pem: is of no use"),
        (f"{RIGHT}\ncafile = nowhere.pem", r"is no file"),
        ("from = a@b.org\nport = 25", r"port: is of no use without smtp"),
        (f"{RIGHT}\nto = net/#nova = nova", r"is no mail address"),
        (f"{RIGHT}\nto = nova@example.org", r"is no NETWORK/ROOM = ADDRESS"),
        (f"{RIGHT}\nto = oftc/#nova = nova@example.org", r"there is no network 'oftc'"),
        (f"{RIGHT}\nrooms = net/#a\nto = net/#b = b@example.org", r"rooms leaves this room out"),
        (f"{RIGHT}\nto = net/#a = a@b.org, net/#a = -", r"is to go nowhere"),
        (f"{RIGHT}\nfrom_name = {'x' * 61}", r"must be one short line"),
        ("hooks = https://example.org/", r"hook_secret: is missing"),
        (f"hooks = http://example.org/\n{SECRET}", r"must be https"),
        (f"hooks = https://example.org/, https://example.org/\n{SECRET}", r"names a URL twice"),
        (f"hooks = ftp://example.org/\n{SECRET}", r"must be http"),
        (f"hooks = https://u:p@example.org/\n{SECRET}", r"must be http"),
    ],
)
def test_mistakes_are_named(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        configured(text, Path("/nowhere"))


def test_a_url_is_never_shown_whole() -> None:
    text = f"hooks = https://example.org/?token=abcdef\n{SECRET}"
    assert "abcdef" not in repr(settings(text))
    with pytest.raises(ConfigError) as error:
        configured(f"hooks = http://example.org/?token=abcdef\n{SECRET}")
    assert "abcdef" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("nova@lists.example.org", "nova@lists.example.org"),
        ("Nova.List+x@Example.ORG", "Nova.List+x@example.org"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("мастер@example.org", "мастер@example.org"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_addresses(text: str, address: str) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nova",
        "@example.org",
        "a@",
        "a b@example.org",
        "a@b@example.org",
        "a..b@example.org",
        ".a@example.org",
        "Nova <nova@example.org>",
        "a@example.org\r\nBcc: b@example.org",
        "a\r\n@example.org",
        "a@exam\0ple.org",
        "a@-example.org",
        "a@example..org",
        '"a b"@example.org',
        "a@[127.0.0.1]",
        "x" * 65 + "@example.org",
        "a@" + "b" * 64 + ".org",
        "a\u202e@example.org",
        "a\xa0b@example.org",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="mail address"):
        read_address(text)


@given(st.text(max_size=40), st.text(max_size=40))
def test_what_is_an_address_ends_no_header_and_no_command(local: str, domain: str) -> None:
    try:
        found = read_address(f"{local}@{domain}")
    except ValueError:
        return
    assert found.isprintable()
    assert not set(found) & set(' <>"(),:;\\[]\r\n')
    assert found.count("@") == 1


def test_a_room_and_where_its_minutes_go() -> None:
    assert RoomTo.from_setting("oftc/#nova = a@b.org") == RoomTo("oftc/#nova", "a@b.org")
    assert RoomTo.from_setting("oftc/#nova = -") == RoomTo("oftc/#nova", "")
    assert str(RoomTo("oftc/#nova", "")) == "oftc/#nova = -"


def test_a_hook_is_known_by_its_host() -> None:
    hook = HookUrl.from_setting("https://example.org:8443/a?b=c")
    assert (hook.host, hook.is_open) == ("example.org", False)
    assert not HookUrl.from_setting("http://127.0.0.1:1/").is_open
    assert HookUrl.from_setting("http://example.org/").is_open


async def test_check_says_where_the_server_does_not_let_muster_in(tmp_path: Path) -> None:
    import asyncio

    def check(port: int, team: str = "nova@example.org") -> tuple[int, str]:
        path = tmp_path / "bot.ini"
        path.write_text(
            f"[network net]\ntype = console\n[team nova]\nlist = {team}\n[plugin publishing]\n"
            f"smtp = 127.0.0.1\nport = {port}\nsecurity = none\nfrom = a@example.org\ntimeout = 2 seconds\n"
        )
        found = CliRunner().invoke(main, ["check", "-c", str(path)])
        return found.exit_code, found.output

    async with Peer([{}, {"EHLO": "554 go away"}]) as peer:
        code, said = await asyncio.to_thread(check, peer.port)
        assert (code, peer.mails) == (0, []), said
        code, said = await asyncio.to_thread(check, peer.port)
        assert code == 1
        assert "the mail server 127.0.0.1: 554 go away" in said
        code, said = await asyncio.to_thread(check, peer.port, "see the wiki")
        assert "[team nova] list: 'see the wiki' is no mail address" in said
