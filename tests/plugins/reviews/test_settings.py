"""What ``bot.ini`` says of Gerrits, and what ``muster check`` says of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import config as configuration
from bot import loader
from bot.cli import main
from bot.config import ConfigError
from bot.loader import declarations
from tests.gerrit.changes import World
from tests.gerrit.server import LOGIN_PAGE, Fault, Server

NETWORK = "[network here]\ntype = console\n"


def wrong(text: str) -> list[str]:
    """What is wrong in a file."""
    try:
        configuration.parse(NETWORK + text, Path("bot.ini"), plugins=declarations(loader.installed()))
    except ConfigError as error:
        return [str(problem).partition(": ")[2] for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("url = https://review.example.org/r\nprojects = openstack/nova*, x", ""),
        ("url = http://127.0.0.1:8080\nuser = muster\npassword = x", ""),
        ("projects = x", "[gerrit nova] url: is missing: Its address, such as"),
        (
            "url = review.example.org",
            "[gerrit nova] url = review.example.org: must be http:// or https://, and no more",
        ),
        ("url = https://me:x@review.example.org", "must be http:// or https://, and no more"),
        (
            "url = http://review.example.org\nuser = muster\npassword = x",
            "[gerrit nova] url = http://review.example.org: must be https:// where there is a password",
        ),
        (
            "url = https://review.example.org\nuser = muster",
            "[gerrit nova] user = muster: user and password belong together",
        ),
        ('url = https://x\nprojects = a"b', "[gerrit nova] projects = a\"b: is no project's name"),
        ('url = https://x\nquery = a:"b', '[gerrit nova] query = a:"b: has a " too few'),
    ],
)
def test_what_cannot_work_is_named(text: str, why: str) -> None:
    found = wrong(f"[gerrit nova]\n{text}\n")
    assert len(found) == bool(why)
    assert all(why in problem for problem in found)


def test_the_name_of_launchpads_reviews_is_taken() -> None:
    assert wrong("[gerrit launchpad]\nurl = https://x\n") == [
        "[gerrit launchpad]: a name is a word in small letters, and launchpad is taken"
    ]


def test_a_rule_that_cannot_be_read_is_named() -> None:
    (found,) = wrong("[plugin reviews]\nrules = nova-api path:nova/api, volumes frob\n")
    assert "'frob' is none of project:, path:, branch: and topic:" in found


def test_muster_check_asks_each_gerrit(tmp_path: Path) -> None:
    with Server(World()) as good, Server(World()) as bad:
        bad.fail(Fault(200, LOGIN_PAGE, "text/html"))
        file = tmp_path / "bot.ini"
        file.write_text(
            f"[bot]\ndata_dir = {tmp_path}\n{NETWORK}"
            f"[gerrit good]\nurl = {good.url}\n[gerrit bad]\nurl = {bad.url}\n",
            encoding="utf-8",
        )
        done = CliRunner().invoke(main, ["check", "-c", str(file)])
    assert "[gerrit bad] 127.0.0.1:" in done.output
    assert "answers with a web page" in done.output
    assert "[gerrit good]" not in done.output
    assert len(good.requests) == 1
