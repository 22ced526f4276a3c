"""What ``muster check`` says of the Gerrits in ``bot.ini``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.plugin import Setup
from plugins.reviews.gerrit.client import Gerrit
from plugins.reviews.gerrit.settings import GerritSettings
from plugins.reviews.sources import SourceError

_WITHIN = 10.0


def problems(setup: Setup) -> list[str]:
    """Why a Gerrit does not answer, one line each."""
    gerrits: Mapping[str, GerritSettings] = setup.config.sections["gerrit"]

    async def ask(name: str, settings: GerritSettings) -> str:
        gerrit = Gerrit(name, settings, within=_WITHIN, page=1)
        try:
            await gerrit.answers()
        except SourceError as error:
            return f"[gerrit {name}] {error}"
        finally:
            await gerrit.close()
        return ""

    async def ask_all() -> list[str]:
        return list(await asyncio.gather(*(ask(name, one) for name, one in gerrits.items())))

    return [line for line in asyncio.run(ask_all()) if line]
