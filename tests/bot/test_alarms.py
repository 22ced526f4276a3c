"""Alarms: rung once, by one process, whatever is restarted meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from bot.plugin import Alarm, Context, Plugin, alarm, command
from bot.testing import Stage


class Kettle(Plugin):
    """Whistles."""

    @command("boil")
    async def boil(self, ctx: Context, minutes: int) -> None:
        """Whistle later."""
        due = self.bot.now() + timedelta(minutes=minutes)

        def fill(session: Session) -> None:
            self.set_alarms(session, "whistle", {str(ctx.room): due})

        await self.store.write(fill)

    @alarm("whistle")
    async def whistle(self, alarms: Sequence[Alarm]) -> None:
        """It is hot."""
        for one in alarms:
            late = self.bot.now() - one.due > timedelta(seconds=1)
            self.bot.say(self.bot.rooms()[0], f"hot{', late' if late else ''}")


async def test_an_alarm_rings_once_at_its_time(tmp_path: Path) -> None:
    async with Stage(tmp_path, plugins={"kettle": Kettle}) as stage:
        await stage.play(
            """
            <alice> !boil 5
            -- 4 minutes pass
            <alice> hm
            -- 1 minutes pass
            <muster> hot
            -- 60 minutes pass
            <alice> and now?
            """
        )
