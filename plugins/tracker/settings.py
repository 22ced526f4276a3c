"""The section ``[tracker]`` of ``bot.ini``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from bot.plugin import Config, Problem, Secret, setting


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Where blueprints and bugs live."""

    type: Literal["local", "launchpad"] = setting("local", help="Muster's own database, or Launchpad.")
    project: str = setting("", help="The project's name in the tracker. Launchpad needs it.")
    series: str = setting(
        "",
        help="The series whose milestones are taken; none: in Launchpad the one under development, else all.",
    )
    service_root: str = setting("production", help="Launchpad: production, staging, or a URL.")
    consumer: str = setting("muster", help="Launchpad: the name under which Muster asks for its permission.")
    credentials_file: Path | None = setting(
        None, help="Launchpad: the file that `muster tracker login` writes; none: anonymous, and read-only."
    )
    cache_dir: Path | None = setting(None, help="Launchpad: where answers are kept; none: in data_dir.")
    sync_every: timedelta = setting(
        timedelta(minutes=15), low=60, help="Launchpad: how often to look for changes."
    )
    webhook_secret: Secret | None = setting(
        None,
        help="Launchpad: the secret of the webhooks that tell what changes, at /hooks/launchpad of Muster's "
        "web server; none: it hears none.",
    )


def mistakes(config: Config) -> Iterator[Problem]:
    """What cannot work."""
    tracker: TrackerSettings = config.sections["tracker"]
    if tracker.type == "launchpad" and not tracker.project:
        yield config.problem("tracker", "project", None, "is missing: Launchpad needs it")
    root = tracker.service_root
    if root not in {"production", "staging"} and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", root):
        yield config.problem("tracker", "service_root", root, "must be production, staging or a URL")
