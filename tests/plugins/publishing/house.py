"""A team with a list, whose minutes are mailed to a scripted server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.loader import installed
from bot.testing import START, Stage
from plugins.publishing.tables import OutRow, State
from tests.plugins.meetings.scenes import ENDED, STARTED
from tests.plugins.publishing.peer import Mail

PLUGINS = {name: installed()[name] for name in ("meetings", "tracker", "rosters", "publishing")}
LIST = "nova@lists.example.org"
KEY = "stage.2026-11-22-20.00"
BEGUN = f"""
    <alice> #startmeeting Release planning
    {STARTED}
    -- topic: [...]
    <alice> #info fourteen reviews wait
    <alice> #agreed ship on friday
    <bob> hello
"""
OVER = f"""
    <alice> #endmeeting
    -- topic: [...]
    {ENDED}
"""
MEETING = BEGUN + OVER


def stage(
    folder: Path,
    port: int,
    more: str = "",
    *,
    mail: bool = True,
    team: str = f"list = {LIST}",
    start: datetime = START,
    timeout: str = "1 second",
    bot: str = "",
    linked: Sequence[str] = (),
) -> Stage:
    """Muster, with the room of the team nova, whose lead is the account lena."""
    smtp = f"smtp = 127.0.0.1\nport = {port}\nsecurity = none\nfrom = muster@example.org\ntimeout = {timeout}"
    settings = f"""
[web]
base_url = https://meetings.example.org
[team nova]
title = Nova
channel = test/#stage
{team}
[plugin publishing]
{smtp if mail else ""}
{more}
"""
    return Stage(folder, settings="\n" + settings, plugins=PLUGINS, start=start, bot=bot, linked=linked)


async def rows(stage: Stage) -> list[OutRow]:
    """What is in the outbox."""

    def read(session: object) -> list[OutRow]:
        from sqlalchemy import select
        from sqlalchemy.orm import Session

        assert isinstance(session, Session)
        found = list(session.scalars(select(OutRow).order_by(OutRow.id)))
        session.expunge_all()
        return found

    return await stage.app.store.read(read)


async def states(stage: Stage) -> list[State]:
    """Where what is in the outbox stands."""
    return [State(row.state) for row in await rows(stage)]


def said(mail: Mail) -> str:
    """Both forms of a mail in one."""
    return mail.body() + mail.body("html")
