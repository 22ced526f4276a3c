"""The plugin: its commands, each kind in a module of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from bot.plugin import Bot, Door, Part, Subject, daily
from plugins.blueprints.commands.advising import Advising
from plugins.blueprints.commands.assigning import Assigning
from plugins.blueprints.commands.describing import Describing
from plugins.blueprints.commands.looking import Looking
from plugins.blueprints.commands.milestones import Milestones
from plugins.blueprints.commands.reviewing import Reviewing
from plugins.blueprints.commands.slipping import Slipping
from plugins.blueprints.commands.working import Working
from plugins.blueprints.days import counted, keep_day

if TYPE_CHECKING:
    from bot.web import BaseRoute, Reader
    from plugins.blueprints.pages.parts import Parts
    from plugins.blueprints.pages.views import Views


class Blueprints(Looking, Assigning, Slipping, Describing, Milestones, Working, Advising, Reviewing):
    """Blueprints: who works on what, for which milestone."""

    doors = (Door("Milestones", "/milestones/", 30, also=("/blueprints/",)),)

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self._pages: tuple[Views, Parts] | None = None

    def routes(self) -> Sequence[BaseRoute]:
        """The pages of blueprints and milestones."""
        return self._shown()[0].routes()

    async def parts(self, subject: Subject, reader: Reader) -> list[Part]:
        """Blueprints on the pages of teams and people, and the next milestone on the home page."""
        return await self._shown()[1].about(subject, reader)

    def _shown(self) -> tuple[Views, Parts]:
        if self._pages is None:
            from plugins.blueprints.pages.parts import Parts  # with it come templates
            from plugins.blueprints.pages.views import Views

            self._pages = Views(self), Parts(self)
        return self._pages

    @daily("23:50")
    async def count_day(self, day: date) -> None:
        """Keep how many blueprints there were at a day's end: whose they were then, nothing tells later."""
        counts = counted(self.blueprints.values(), self.owning())
        await self.store.write(keep_day, day, counts)
