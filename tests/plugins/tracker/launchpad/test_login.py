"""How Muster gets its credentials, and whether they serve."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from plugins.tracker.backend import BackendError, UnauthorizedError
from plugins.tracker.launchpad import Launchpad
from plugins.tracker.launchpad.addresses import root_of
from plugins.tracker.launchpad.login import log_in, try_out
from tests.launchpad.server import Fault, Server


async def test_somebody_allows_muster_in_and_the_credentials_serve(server: Server, tmp_path: Path) -> None:
    path, shown, waits = tmp_path / "launchpad", list[str](), list[int]()

    def wait() -> None:
        waits.append(len(waits))
        if len(waits) == 3:
            server.review("vishy")

    log_in(server.root, "muster", path, shown.append, wait)
    (token,) = server.asked("POST", "+request-token")
    assert "oauth_consumer_key=muster" in token.body
    assert len(shown) == 1
    assert shown[0].startswith(f"{server.root}+authorize-token?oauth_token=")
    assert len(waits) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["launchpad"]
    assert try_out("nova", server.root, "muster", path, tmp_path / "cache") == "vishy"
    launchpad = Launchpad("nova", service_root=server.root, credentials=path, cache=tmp_path / "cache")
    assert await launchpad.milestones()
    await launchpad.close()


def test_who_says_no_leaves_the_old_credentials(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "launchpad"
    path.write_text("old")
    with pytest.raises(UnauthorizedError, match="not allowed in"):
        log_in(server.root, "muster", path, unseen, lambda: server.review("vishy", allow=False))
    assert [one.name for one in tmp_path.iterdir()] == ["launchpad"]
    assert path.read_text() == "old"


def test_a_token_that_is_gone_and_a_launchpad_that_is_away_are_told(server: Server, tmp_path: Path) -> None:
    def gone() -> None:
        for token in list(server.world.tokens.values()):
            server.world.remove(token)

    with pytest.raises(BackendError, match="no access token: No request token specified"):
        log_in(server.root, "muster", tmp_path / "launchpad", unseen, gone)
    with pytest.raises(BackendError, match="The connection to Launchpad broke"):
        log_in(server.root, "muster", tmp_path / "launchpad", unseen, lambda: broken(server))
    server.fail(Fault(503), path="+request-token")
    with pytest.raises(BackendError, match="no request token: 503"):
        log_in(server.root, "muster", tmp_path / "launchpad", unseen, gone)
    server.fail(Fault(200, "<html>Please pay</html>"), path="+request-token")
    with pytest.raises(BackendError, match="does not answer as Launchpad does"):
        log_in(server.root, "muster", tmp_path / "launchpad", unseen, gone)
    server.stop()
    with pytest.raises(BackendError, match="refuses the connection"):
        log_in(server.root, "muster", tmp_path / "launchpad", unseen, gone)
    assert not list(tmp_path.iterdir())


def unseen(_address: str) -> None:
    """Nobody looks at the address."""


def broken(server: Server) -> None:
    server.fail(Fault(cut="before"), path="+access-token", times=2)


def test_a_launchpad_that_is_busy_meanwhile_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.fail(Fault(503), path="+access-token")
    log_in(server.root, "muster", tmp_path / "launchpad", unseen, lambda: server.review("vishy"))
    assert try_out("nova", server.root, "muster", tmp_path / "launchpad", tmp_path / "cache") == "vishy"


def test_trying_tells_what_is_wrong(server: Server, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert try_out("nova", server.root, "muster", None, cache) is None
    with pytest.raises(BackendError, match="Launchpad has no project nava"):
        try_out("nava", server.root, "muster", None, cache)
    path = server.credentials("vishy", tmp_path)
    server.revoke("vishy")
    with pytest.raises(UnauthorizedError, match="tracker login"):
        try_out("nova", server.root, "muster", path, cache)
    server.stop()
    with pytest.raises(BackendError, match="refuses the connection"):
        try_out("nova", server.root, "muster", None, cache)


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("production", "https://api.launchpad.net/"),
        ("staging", "https://api.staging.launchpad.net/"),
        ("https://launchpad.example.org", "https://launchpad.example.org/"),
        ("http://127.0.0.1:8085/", "http://127.0.0.1:8085/"),
    ],
)
def test_where_launchpad_is(given: str, root: str) -> None:
    assert root_of(given) == root


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("prodction", "neither production nor staging"),
        ("ftp://launchpad.example.org", "neither production nor staging"),
        ("http://launchpad.example.org", "unencrypted"),
        ("https://api.launchpad.net/devel", "must not end in the version"),
    ],
)
def test_where_launchpad_cannot_be(given: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        root_of(given)
