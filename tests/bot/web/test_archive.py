"""The archive's files, to those who may read them."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest

from bot.testing import Stage
from bot.web.archive import policy_of

Staged = Callable[..., AbstractAsyncContextManager[Stage]]
Get = Callable[..., Awaitable[httpx.Response]]
TOKEN = "open sesame, open"
SETTINGS = f"[web]\ntoken = {TOKEN}\nbase_url = https://muster.example"
KNOWN = {"Authorization": f"Bearer {TOKEN}"}
NAME = "nova.2026-11-22-20.00"


@pytest.fixture
def archive(data_dir: Path) -> Path:
    """Files of a public and of a restricted meeting, and of rooms that had none but restricted ones."""
    folder = data_dir / "archive" / "nova" / "2026"
    folder.mkdir(parents=True)
    for name in (f"{NAME}.html", f"{NAME}.log.txt", f"{NAME}.json", "ä b#%.txt"):
        (folder / name).write_text("<style>p { color: red }</style><p>hello" if "html" in name else "hello")
        (folder / name).chmod(0o644)
    for file in (folder / "nova.secret.html", data_dir / "archive" / "board" / "2026" / "board.html"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("the secret")
        file.chmod(0o600)
    (folder / ".hidden.html.new").write_text("half")
    (data_dir / "outside.txt").write_text("outside")
    (folder / "link.txt").symlink_to(data_dir / "outside.txt")
    (data_dir / "archive" / "way").symlink_to(data_dir)
    return folder


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            (f"{NAME}.html", "text/html; charset=utf-8"),
            (f"{NAME}.log.txt", "text/plain; charset=utf-8"),
            (f"{NAME}.json", "application/json"),
            ("%C3%A4%20b%23%25.txt", "text/plain; charset=utf-8"),
        ],
    )
    async def test_a_file_is_shown(
        self, staged: Staged, get: Get, archive: Path, name: str, kind: str
    ) -> None:
        async with staged(settings=SETTINGS, web=True) as stage:
            found = await get(stage, f"/archive/nova/2026/{name}")
            assert (found.status_code, found.headers["content-type"]) == (200, kind)
            assert "hello" in found.text
            assert "content-disposition" not in found.headers
            again = {"If-None-Match": found.headers["etag"]}
            assert (await get(stage, f"/archive/nova/2026/{name}", headers=again)).status_code == 304
            head = await get(stage, f"/archive/nova/2026/{name}", "HEAD")
            assert (head.status_code, head.content) == (200, b"")

    async def test_html_may_use_just_its_own_style(self, staged: Staged, get: Get, archive: Path) -> None:
        async with staged(settings=SETTINGS, web=True) as stage:
            policy = (await get(stage, f"/archive/nova/2026/{NAME}.html")).headers["content-security-policy"]
            # The digest of "p { color: red }" within the element, as a browser makes it.
            assert "style-src 'sha256-" in policy
            assert policy.startswith("default-src 'none'; ")
            assert "'self'" not in policy

    @pytest.mark.parametrize(
        "path",
        [
            "/archive/../muster.db",
            "/archive/%2e%2e/muster.db",
            "/archive/nova/..%2f..%2fmuster.db",
            "/archive//etc/passwd",
            "/archive/%2fetc/passwd",
            "/archive/nova/2026/link.txt",
            "/archive/way/outside.txt",
            "/archive/way/",
            "/archive/nova/2026/.hidden.html.new",
            "/archive/nova/2026/x%00.html",
            "/archive/nova/2026/nova.secret.html",
            "/archive/board/2026/board.html",
            "/archive/board/",
            "/archive/board",
            "/archive/nothing/",
            f"/archive/nova/2026/{NAME}.html/",
            f"/archive/{'x' * 300}",
        ],
    )
    async def test_nothing_else_is(self, staged: Staged, archive: Path, path: str) -> None:
        async with staged(settings=SETTINGS, web=True) as stage:
            # As it stands: a client puts paths right that nobody can be trusted to put right.
            found = httpx.Request("GET", stage.url("/"))
            found.url = found.url.copy_with(raw_path=path.encode())
            async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
                answer = await client.send(found)
            assert answer.status_code == 404
            assert "secret" not in answer.text.replace("nova.secret", "")

    async def test_a_pipe_or_an_unreadable_file_is_nothing(
        self, staged: Staged, get: Get, archive: Path
    ) -> None:
        os.mkfifo(archive / "pipe.txt", 0o644)
        async with staged(settings=SETTINGS, web=True) as stage:
            assert (await get(stage, "/archive/nova/2026/pipe.txt")).status_code == 404

    async def test_who_may_see_what_is_restricted_does(self, staged: Staged, get: Get, archive: Path) -> None:
        async with staged(settings=SETTINGS, web=True) as stage:
            found = await get(stage, "/archive/nova/2026/nova.secret.html", headers=KNOWN)
            assert (found.text, found.headers["cache-control"]) == ("the secret", "no-store")
            link = stage.app.hub.private_link("/archive/nova/2026/nova.secret")
            query = link.partition("?")[2]
            found = await get(stage, f"/archive/nova/2026/nova.secret.html?{query}")
            assert found.text == "the secret"
            assert (await get(stage, f"/archive/board/2026/board.html?{query}")).status_code == 404

    async def test_what_is_withdrawn_is_gone_at_once(self, staged: Staged, get: Get, archive: Path) -> None:
        async with staged(settings=SETTINGS, web=True) as stage:
            found = await get(stage, f"/archive/nova/2026/{NAME}.html")
            (archive / f"{NAME}.html").chmod(0o600)
            again = {"If-None-Match": found.headers["etag"]}
            assert (await get(stage, f"/archive/nova/2026/{NAME}.html", headers=again)).status_code == 404


class TestListings:
    async def test_what_is_restricted_and_what_has_nothing_else_is_in_none(
        self, staged: Staged, get: Get, archive: Path
    ) -> None:
        async with staged(settings=SETTINGS, web=True) as stage:
            assert [one["name"] for one in (await get(stage, "/archive/?format=json")).json()] == ["nova"]
            found = await get(stage, "/archive/nova/2026/?format=json")
            names = [f"{NAME}.html", f"{NAME}.json", f"{NAME}.log.txt", "ä b#%.txt"]
            assert [one["name"] for one in found.json()] == names
            page = (await get(stage, "/archive/nova/2026/")).text
            assert 'href="/archive/nova/2026/%C3%A4%20b%23%25.txt"' in page
            assert 'href="/archive/nova/"' in page
            known = await get(stage, "/archive/?format=json", headers=KNOWN)
            assert [one["name"] for one in known.json()] == ["board", "nova"]

    async def test_a_folder_has_a_slash(self, staged: Staged, get: Get, archive: Path) -> None:
        async with staged(settings=SETTINGS, web=True) as stage:
            found = await get(stage, "/archive/nova")
            assert (found.status_code, found.headers["location"]) == (308, "./nova/")

    async def test_an_archive_without_files_says_so(self, staged: Staged, get: Get) -> None:
        async with staged(settings=SETTINGS, web=True) as stage:
            found = await get(stage, "/archive/")
            assert found.status_code == 200
            assert "no files yet" in found.text


def test_a_policy_of_styles() -> None:
    one = policy_of(b'<style type="text/css">\r\na{}\r\n</style><STYLE>b{}</STYLE>')
    assert one.count("sha256-") == 2
    assert one == policy_of(b"<style>\na{}\n</style><style>b{}</style>")
    assert "style-src 'none'" in policy_of(b"<p>&lt;style&gt;x&lt;/style&gt;")
