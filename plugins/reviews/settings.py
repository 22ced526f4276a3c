"""The settings of ``[plugin reviews]``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.plugin import setting
from plugins.reviews.teams import Rule


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """Which reviews are for which team, and how they are shown and asked for."""

    rules: tuple[Rule, ...] = setting(
        (),
        help="Which reviews are for which team, besides what is said in chat: TEAM, and project:, path:, "
        "branch: or topic: with what they must be, in which * stands for anything.",
    )
    listed: int = setting(10, low=1, help="How many reviews one list shows; the others are counted.")
    at_once: int = setting(3, low=1, help="With so many reviews taken somebody has no room for another.")
    nag_after: timedelta = setting(
        timedelta(days=2),
        low=3600,
        help="How long somebody may have a review that waits for them before they are reminded.",
    )
    launchpad_every: timedelta = setting(
        timedelta(minutes=15),
        low=60,
        help="How often to look for merge proposals where the tracker has such.",
    )
