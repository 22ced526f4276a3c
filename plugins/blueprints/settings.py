"""The settings of ``[plugin blueprints]``."""

from __future__ import annotations

from dataclasses import dataclass

from bot.plugin import setting


@dataclass(frozen=True, slots=True)
class BlueprintSettings:
    """How blueprints are shown and changed."""

    listed: int = setting(20, low=1, help="How many blueprints one list shows; the others are counted.")
    at_once: int = setting(200, low=1, help="How many blueprints one command may change.")
