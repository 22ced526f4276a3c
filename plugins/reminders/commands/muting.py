"""What people are reminded of unasked: muted, listed, and when a team hears of its day.

Who may: everybody with an account for themselves; for a team its lead, and coordinators.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.dates import whole_date
from bot.model import Entry, Kind, Line, Room
from bot.plugin import Bot, Context, Text, UserError, command, record
from bot.text import fold_nick, listed, nearest, shorten
from plugins.reminders import nag_tables
from plugins.reminders.days import read_days
from plugins.reminders.nag_tables import NagState
from plugins.reminders.nagging import Mute, nag_text
from plugins.reminders.nags import Nagging
from plugins.reminders.settings import Hour
from plugins.rosters import Person, Team

KINDS = ("actions", "daily", "meetings", "milestones", "reviews", "vacancies", "weekly")
"""What may be muted, besides each kind that there was."""
_FOR_TEAMS = frozenset({"daily", "meetings", "weekly"})
"""What only rooms hear."""
_LONGEST = timedelta(days=366)
_PATIENCE = timedelta(minutes=2)
_UNTIL = re.compile(r"(?:^|\s)until\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Question:
    """Somebody was asked until when."""

    kind: str
    team: Team | None
    asked: datetime


class Muting(Nagging):
    """The commands on what is said unasked."""

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self._questions: dict[tuple[Room, str], _Question] = {}

    @command("mute")
    async def mute(self, ctx: Context, kind: str, team_and_until: Text = "") -> None:
        """Do not remind me of this kind of thing until a day; with a team, as its lead: nobody on it.
        Example: !mute actions until friday
        """
        asker = await self.rosters.known(ctx)
        kind = await self._kind(kind)
        before, until = self._parted(team_and_until)
        team = self._team(ctx, before)
        if team is None and kind in _FOR_TEAMS:
            team = self.rosters.asked_team(ctx, None)
        if team is not None:
            self.rosters.must_lead(ctx, team)
        if not until:
            self._questions[self._asker(ctx.room, ctx.actor.account)] = _Question(kind, team, self.bot.now())
            whom = f" {team}" if team is not None else ""
            ctx.reply(
                f"{ctx.actor.nick}: until when? Say: until friday, or {self.prefix}mute {kind}{whom} until "
                "2026-12-01."
            )
            return
        await self._mute(ctx, asker, kind, team, until)

    def _parted(self, text: str) -> tuple[str, str]:
        """A team's name, and the words of a date behind ``until``."""
        found = _UNTIL.search(text)
        if found is not None:
            return text[: found.start()].strip(), text[found.end() :].strip()
        if whole_date(text, self._today()) is not None:
            return "", text.strip()
        return text.strip(), ""

    def _team(self, ctx: Context, word: str) -> Team | None:
        if not word:
            return None
        found = self.roster.team(word)
        if found is None or found.is_retired:
            near = self.roster.near_teams(word)
            hint = f"near it: {listed(near, 'or')}." if near else f"{self.prefix}teams lists them."
            raise UserError(f"There is no team {shorten(word, 40)!r}; {hint}")
        return found

    async def _kind(self, word: str) -> str:
        known = sorted({*KINDS, *await self.store.read(nag_tables.kinds)})
        kind = word.lower()
        if kind not in known:
            kind = next((one for one in known if one.rstrip("s") == kind), "")
        if not kind:
            near = nearest(word, known, 2)
            hint = f"did you mean {listed(near, 'or')}?" if near else f"there are {listed(known)}."
            raise UserError(f"I remind nobody of {shorten(word, 40)!r}; {hint}")
        return kind

    async def _mute(self, ctx: Context, asker: Person, kind: str, team: Team | None, words: str) -> None:
        today = self.today(team) if team is not None else self.rosters.today(asker)
        until = whole_date(words, today)
        if until is None:
            raise UserError(f"{shorten(words, 40)!r} is no date; write one like friday, or {today}.")
        if until < today:
            raise UserError(f"{until:%A %Y-%m-%d} is past.")
        if until - today > _LONGEST:
            raise UserError("A year is the longest.")
        mute = Mute(
            kind, until, None if team is not None else asker.id, team.name if team is not None else ""
        )
        await self.store.write(self._set_mute, ctx, mute)
        whom = f"{team} of" if team is not None else "you of"
        last = f"{until:%A %Y-%m-%d}"
        back = f"{self.prefix}unmute {kind}{f' {team}' if team is not None else ''}"
        ctx.reply(f"{ctx.actor.nick}: I remind {whom} {kind} no more, {last} included. {back} ends that.")

    def _set_mute(self, session: Session, ctx: Context, mute: Mute) -> None:
        nag_tables.set_mute(session, mute)
        subject = f"team:{mute.team}" if mute.team else f"person:{mute.person}"
        record(session, ctx.by, subject, f"mute {mute.kind}"[:64], None, mute.until.isoformat())

    @command("unmute")
    async def unmute(self, ctx: Context, kind: str, team: str = "") -> None:
        """Remind me of this kind of thing again; with a team, as its lead: all on it.
        Example: !unmute actions
        """
        asker = await self.rosters.known(ctx)
        kind = await self._kind(kind)
        found = self._team(ctx, team)
        if found is None and kind in _FOR_TEAMS:
            found = self.rosters.asked_team(ctx, None)
        if found is not None:
            self.rosters.must_lead(ctx, found)
        people = asker.ids if found is None else (0,)
        until = await self.store.write(self._unmute, ctx, people, found.name if found else "", kind)
        if until is None:
            raise UserError(f"{kind} is not muted; {self.prefix}mutes lists what is.")
        ctx.reply(f"{ctx.actor.nick}: {kind} is muted no more.")

    @staticmethod
    def _unmute(session: Session, ctx: Context, people: tuple[int, ...], team: str, kind: str) -> date | None:
        until = nag_tables.unmute(session, people, team, kind)
        if until is not None:
            subject = f"team:{team}" if team else f"person:{people[-1]}"
            record(session, ctx.by, subject, f"mute {kind}"[:64], until.isoformat(), None)
        return until

    @command("mutes")
    async def mutes(self, ctx: Context) -> None:
        """List what is muted for me and for this room's team. Example: !mutes"""
        asker = await self.rosters.known(ctx)
        team = self.rosters.team_of(ctx.room)
        today = self.rosters.today(asker, team)
        lines = [
            f"{one.kind}{f' for {one.team}' if one.team else ''} until {one.until:%A %Y-%m-%d}"
            for one in await self.store.read(nag_tables.mutes)
            if one.until >= today
            and (one.person in asker.ids if one.person else team is not None and one.team == team.name)
        ]
        ctx.list(lines or [f"{ctx.actor.nick}: nothing is muted."])

    @command("nags")
    async def nags_held(self, ctx: Context) -> None:
        """List what I held back today, since you were reminded of enough. Example: !nags"""
        asker = await self.rosters.known(ctx)
        shown = await self.waiting_nags(asker, NagState.HELD, NagState.KEPT)
        if not shown:
            ctx.reply(f"{ctx.actor.nick}: I held nothing back today.")
            return
        for _, one in shown:
            ctx.tell(nag_text(one.nag, self.prefix))
        ids = [kept.id for kept, _ in shown]
        self.bot.spawn(self._seen(ctx.room, ids), f"what {asker} saw of what was held back")

    async def _seen(self, room: Room, ids: list[int]) -> None:
        """Store that somebody was shown what was held back, once it has gone out."""
        if await self.bot.sent(room):
            await self.write(nag_tables.tell, ids, self.bot.now())

    @command("daily")
    async def daily(self, ctx: Context, team_hour_and_days: Text = "") -> None:
        """Say, or as its lead set, when a team hears what waits for it each day.
        Example: !daily nova-api 10:00 mon-thu
        """
        words = team_hour_and_days.split()
        named = self.roster.team(words[0]) if words else None
        if named is not None:
            words = words[1:]
        team = self.rosters.asked_team(ctx, named)
        if words:
            self.rosters.must_lead(ctx, team)
            hour, days = self._hour_and_days(words)
            old = await self.store.write(self._set_rhythm, ctx, team, hour, days)
            self._rhythms = old
            await self.plan_all()
        ctx.reply(self._rhythm_text(team))

    def _hour_and_days(self, words: list[str]) -> tuple[str, str]:
        """The hour and the days that words say. Raises :class:`UserError`."""
        first, rest = words[0], words[1:]
        try:
            if first.lower() == "off":
                return "off", str(self.settings.days)
            try:
                hour = Hour.from_setting(first)
            except ValueError:
                hour, rest = self.settings.daily, words
            days = read_days(" ".join(rest)) if rest else self.settings.days.days
        except ValueError as error:
            raise UserError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
        return str(hour), str(days)

    def _set_rhythm(
        self, session: Session, ctx: Context, team: Team, hour: str, days: str
    ) -> dict[str, tuple[str, str]]:
        before = nag_tables.rhythms(session).get(team.name)
        nag_tables.set_rhythm(session, team.name, hour, days)
        record(session, ctx.by, f"team:{team.name}", "daily", list(before) if before else None, [hour, days])
        return nag_tables.rhythms(session)

    def _rhythm_text(self, team: Team) -> str:
        rhythm = self.rhythm(team)
        how = f"{self.prefix}daily {team} 09:00 mon-fri sets it."
        if rhythm.daily is None:
            return f"{team} is not told what waits for it; {how}"
        return f"{team} hears what waits for it at {rhythm.daily:%H:%M} {rhythm.zone}, {rhythm.days}; {how}"

    # Until when

    @staticmethod
    def _asker(room: Room, account: str | None) -> tuple[Room, str]:
        return room, fold_nick(account or "")

    def _today(self) -> date:
        return self.bot.now().date()

    def hear(self, line: Line, entry: Entry | None) -> None:
        """Take the answer to until when: ``until friday``."""
        super().hear(line, entry)
        if not self._questions or line.kind is not Kind.SAID or line.own or line.history:
            return
        if line.actor.account is None or not line.text.lower().startswith("until "):
            return
        question = self._questions.pop(self._asker(line.room, line.actor.account), None)
        if question is not None and self.bot.now() - question.asked <= _PATIENCE:
            self.bot.spawn(self._answer(Context(self.bot, line), question), "what is muted until when")

    async def _answer(self, ctx: Context, question: _Question) -> None:
        try:
            asker = await self.rosters.known(ctx)
            if question.team is not None:
                self.rosters.must_lead(ctx, question.team)
            words = _UNTIL.sub("", ctx.line.text, count=1).strip()
            await self._mute(ctx, asker, question.kind, question.team, words)
        except UserError as error:
            ctx.reply(shorten(f"{ctx.actor.nick}: {error}", 350))
