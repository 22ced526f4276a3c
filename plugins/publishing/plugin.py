"""The plugin, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence

from bot.plugin import Config, Problem, Setup
from plugins.publishing.commands import Commands
from plugins.publishing.courier import why_not
from plugins.publishing.settings import PublishingSettings, doubts, mistakes


class Publishing(Commands):
    """Minutes by mail to teams' lists, and as JSON to other programs."""

    @classmethod
    def mistakes(cls, config: Config, networks: Collection[str]) -> Iterable[Problem]:
        """What contradicts in ``[plugin publishing]``."""
        return mistakes(config, networks)

    @classmethod
    def problems(cls, setup: Setup) -> Sequence[str]:
        """What is perhaps not meant so, and whether the mail server lets Muster in."""
        found = [*doubts(setup.config)]
        settings: PublishingSettings | None = setup.config.plugins.get(cls.name)
        if settings is not None and settings.is_mailing:
            why = asyncio.run(why_not(settings.server))
            found += [f"the mail server {settings.smtp}: {why}"] if why else []
        return found
