"""The sections ``[gerrit NAME]`` of ``bot.ini``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot.plugin import Config, Problem, Secret, setting

_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")
_LOOPBACK = re.compile(r"http://(127\.[0-9.]+|localhost|\[::1\])[:/]")
LAUNCHPAD = "launchpad"
"""The name of the reviews that Launchpad has."""


@dataclass(frozen=True, slots=True)
class GerritSettings:
    """A Gerrit whose open changes are watched."""

    url: str = setting(help="Its address, such as https://review.example.org.")
    projects: tuple[str, ...] = setting(
        (), help="The projects that matter; openstack/nova* means all whose names begin so. None: all."
    )
    user: str = setting("", help="As whom Muster logs in there; none: it sees what everybody sees.")
    password: Secret | None = setting(None, help="The HTTP password that Gerrit's settings page gives.")
    query: str = setting(
        "", help="What else an open change must be, in Gerrit's own search words, such as branch:master."
    )
    poll_every: timedelta = setting(timedelta(minutes=5), low=30, help="How often to look.")


def mistakes(config: Config) -> Iterator[Problem]:
    """What cannot work."""
    for name, gerrit in config.sections["gerrit"].items():
        section = f"gerrit {name}"
        if gerrit is None:  # its own mistakes are named already
            continue
        if not _NAME.fullmatch(name) or name == LAUNCHPAD:
            why = f"a name is a word in small letters, and {LAUNCHPAD} is taken"
            yield config.problem(section, "", None, why)
        if not _URL.fullmatch(gerrit.url):
            yield config.problem(section, "url", gerrit.url, "must be http:// or https://, and no more")
        elif gerrit.user and gerrit.url.startswith("http:") and not _LOOPBACK.match(f"{gerrit.url}/"):
            yield config.problem(section, "url", gerrit.url, "must be https:// where there is a password")
        if bool(gerrit.user) != (gerrit.password is not None):
            yield config.problem(section, "user", gerrit.user, "user and password belong together")
        for project in gerrit.projects:
            if set(project) & set("\"{}()' "):
                yield config.problem(section, "projects", project, "is no project's name")
        if gerrit.query.count('"') % 2:
            yield config.problem(section, "query", gerrit.query, 'has a " too few')
