"""What people ask about meetings with ``!`` commands: minutes, actions, search, a secret vote."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.model import Entry, Json, Room
from bot.plugin import (
    OWNER,
    Bot,
    Brief,
    Channel,
    Context,
    Held,
    Nag,
    Occasion,
    Plugin,
    Text,
    UserError,
    command,
    daily,
)
from bot.text import fold_nick, listed, shorten
from plugins.meetings import nagging, notes, tables
from plugins.meetings.archive import Archive
from plugins.meetings.meeting import fold
from plugins.meetings.minutes import ActionState
from plugins.meetings.opening import Opening
from plugins.meetings.owners import due_date
from plugins.meetings.running import Running
from plugins.meetings.search import search
from plugins.meetings.settings import MeetingSettings
from plugins.meetings.state import REOPEN_WITHIN
from plugins.meetings.votes import bare_ballot
from plugins.meetings.words import TABLE, WORDS, Word, recogniser

_MOST_ACTIONS = 2**31 - 1  # what the column takes on every database
_MOST_CONFIDED = 5  # of a chair's restricted meetings
_MOST_WORDS = 20  # of a search: each is looked for in every line


class Answers(Plugin, ABC):
    """The commands, over the meetings that the plugin holds: ``running`` and lately ``ended`` ones by room,
    and all open actions by number.
    """

    settings: MeetingSettings

    def __init__(self, bot: Bot, settings: MeetingSettings) -> None:
        super().__init__(bot, settings)
        self.archive = Archive(bot)
        self.running: dict[Room, Running] = {}
        self.ended: dict[Room, Running] = {}
        self.tasks: dict[int, tables.Task] = {}
        self._chairs_of: dict[str, frozenset[tuple[str, str]]] = {}

    @abstractmethod
    def let_go_later(self, running: Running) -> None:
        """Let go of a meeting that is over once nobody can reopen it."""

    @abstractmethod
    async def add(self, running: Running, entry: Entry) -> None:
        """Fold a note into a meeting that is over, and write its files again."""

    def _address(self, row: tables.Meeting) -> str:
        return self.archive.address(PurePosixPath(row.path), ".html")

    def _when(self, time: datetime) -> str:
        """A time as people are told it: in Muster's zone, as the names of the files are, with its name."""
        return f"{time.astimezone(ZoneInfo(self.bot.zone)):%Y-%m-%d %H:%M %Z}"

    @command("meetings")
    async def meetings(self, ctx: Context, room: Channel | None = None) -> None:
        """List the meetings that run, and the last ones. Example: !meetings #nova"""
        where = self._room(ctx, room) if room else None
        sees_all, also = self._sees_all(ctx), await self._confided(ctx, where)
        lines = [
            f"{running.meeting.title} in {running.room}, since {self._when(running.meeting.started)}, "
            f"chairs {listed(running.meeting.chair_names)}"
            for running in self.running.values()
            if (where is None or running.room == where)
            and (sees_all or not running.meeting.restricted or running.meeting.id in also)
        ]
        past = await self.store.read(tables.recent, where, 5, restricted=sees_all, also=also)
        lines += [
            f"{self._when(row.started)} {row.title} in {row.room}: {self._address(row)}"
            for row in past
            if row.ended is not None
        ]
        if not lines:
            begin = "" if where else f"; {self.settings.prefix}startmeeting begins one"
            lines = [f"I know of no meeting{_of(room)} that I may tell of here{begin}."]
        ctx.list(lines)

    @command("minutes")
    async def minutes(self, ctx: Context, room: Channel | None = None, n: int = 1) -> None:
        """Say where the minutes of the last meeting are, or of the n-th last. Example: !minutes #nova 2"""
        where = self._room(ctx, room) if room else (None if ctx.room.private else ctx.room)
        if n < 1:
            raise UserError("Count from 1, the last meeting.")
        also = await self._confided(ctx, where)
        row = await self.store.read(tables.ended, where, n, restricted=self._sees_all(ctx), also=also)
        if row is None:
            past = "no past meeting" if n == 1 else f"fewer than {n} past meetings"
            raise UserError(f"I know of {past}{_of(room)} that I may tell of here.")
        # What is restricted is opened by a link that holds for whoever has it: it is for one person alone.
        link = self.bot.private_link(f"/meetings/{row.key}/") if row.restricted else ""
        answer = ctx.tell if link else ctx.reply
        answer(f"{row.title}, {self._when(row.started)}: {link or self._address(row)}")

    @command("minutes edit")
    async def edit(self, ctx: Context, item: int, text: Text) -> None:
        """Change an item of the last meeting here, if you chaired it. Example: !minutes edit 3 it is done"""
        if ctx.room in self.running:
            raise UserError(f"The meeting still runs: {self.settings.prefix}edit {item} TEXT.")
        running = await self._last(ctx.room)
        if not self._may_edit(ctx, running):
            raise UserError(
                "Only its chairs may change the minutes."
                if ctx.actor.account is not None or running.is_followed
                else "Only its chairs may change the minutes: log in, so that I can tell whether you are one."
            )
        if running.meeting.items.get(item) is None:
            raise UserError(f"The minutes have no item {item}.")
        data: dict[str, Json] = {"item": item, "text": text, "by": ctx.actor.nick}
        entry = self.bot.note(ctx.room, notes.EDITED, data, ctx.actor)
        await self.add(running, entry)
        ctx.reply(f"Item {item} is changed: {self.archive.address(running.path, '.html')}")

    def _may_edit(self, ctx: Context, running: Running) -> bool:
        """Whether somebody chaired a meeting that is over. Of whoever has no account that is known only while
        the connection is followed.
        """
        return self.bot.allows(ctx.actor, OWNER) or self._chaired(ctx, running)

    def _chaired(self, ctx: Context, running: Running) -> bool:
        is_known = ctx.actor.account is not None or running.is_followed
        return is_known and running.meeting.may_chair(ctx.actor)

    async def _last(self, room: Room) -> Running:
        """The room's last meeting, folded again if need be."""
        if room in self.ended:
            return self.ended[room]
        for row in await self.store.read(tables.recent, room, 1, restricted=True):
            if not row.imported:
                running = Running.from_row(row, await self.archive.entries(room, row.spans))
                running.is_followed = False
                # Kept for a while: a second edit must find the first one in it.
                running = self.ended.setdefault(room, running)
                self.let_go_later(running)
                return running
        raise UserError("No meeting was held here.")

    @command("vote")
    async def vote(self, ctx: Context, choice: str, room: Channel) -> None:
        """Vote in secret, by a private message, where a vote is open. Example: vote +1 #nova"""
        if not ctx.room.private:
            raise UserError("A secret vote is sent to me in a private message.")
        where = self._room(ctx, room)
        state = self.bot.state(where)
        # Whoever has a member's nick on another network is somebody else.
        nicks = {
            fold_nick(m.nick) for m in (state.members if state else ()) if m.network == ctx.actor.network
        }
        if where not in self.running or fold_nick(ctx.actor.nick) not in nicks:
            other_way = f" Write: vote {room} {choice}" if choice.startswith("#") else ""
            raise UserError(f"You are in no meeting in {room}.{other_way}")
        self.bot.note(where, notes.BALLOT, {"choice": choice}, ctx.actor)

    @command("actions")
    async def actions(self, ctx: Context, who: str = "") -> None:
        """List the open actions of this room, of somebody, or of all on a team. Example: !actions bob"""
        found = [task for task in self.tasks.values() if self._may_see(ctx, task)]
        team = self.bot.team_named(who) if who else None
        if who:
            names = {fold_nick(who), *(fold_nick(member.name) for member in (team.members if team else ()))}
            found = [
                task
                for task in found
                if not names.isdisjoint(map(fold_nick, task.owners))
                or task.name == who
                or (team is not None and self.bot.team(task.room) == team)
            ]
        elif not ctx.room.private:
            found = [task for task in found if task.room == ctx.room]
        whose = f" of {shorten(who, 60)}" if who else ""
        ctx.list(
            [_shown(task) for task in found[:20]]
            or [f"I know of no open actions{whose} that I may tell of here."]
        )

    @command("action")
    async def action(
        self, ctx: Context, number: int, change: Literal["done", "drop", "due", "to"], value: Text = ""
    ) -> None:
        """Close an action, give it a date, or to somebody. Example: !action 12 due friday"""
        task = await self.store.read(tables.task, number) if number <= _MOST_ACTIONS else None
        if task is None or not self._may_see(ctx, task):
            raise UserError(f"There is no action {number}; {self.bot.prefix}actions lists them.")
        if not self._may_change(ctx, task):
            raise UserError(
                f"Action {number} is for {listed(task.owners) or 'its meeting'}: its owner, or a chair of a "
                "meeting here, may change it."
            )
        data: dict[str, Json] = {"key": task.key, "by": ctx.actor.nick}
        changes: dict[str, Any] = {}
        if change in {"done", "drop"}:
            changes["state"] = ActionState.DONE if change == "done" else ActionState.DROPPED
            data["state"] = changes["state"].value
        elif change == "due":
            changes["due"] = self._date(value)
            data["due"] = changes["due"].isoformat()
        else:
            changes["owners"] = [name for name in value.replace(",", " ").split() if name]
            if not changes["owners"]:
                raise UserError(f"To whom? {self.bot.prefix}action {number} to NICK.")
            data["owners"] = changes["owners"]
        running = self._concerned(ctx.room, task)
        if running is not None:
            self.bot.note(running.room, notes.ACTION, data, ctx.actor)
        by, now = ctx.actor.nick, self.bot.now()
        changed = await self.store.write(tables.change_action, number, by, now, **changes)
        self.remember(changed)
        ctx.reply(f"Action {_shown(changed)}")

    def _concerned(self, room: Room, task: tables.Task) -> Running | None:
        """The running meeting that records a change of an action: its own, or the one in this room."""
        own = self.running.get(task.room)
        if own is not None and own.meeting.id == task.meeting:
            return own
        return None if task.restricted else self.running.get(room)

    def _date(self, value: str) -> date:
        today = self.bot.now().astimezone(ZoneInfo(self.bot.zone)).date()
        found = due_date(f"by {value}", today)
        if found is None:
            raise UserError(f"{value!r} is no date to come; write one like friday, or 2026-12-01.")
        return found

    def _may_change(self, ctx: Context, task: tables.Task) -> bool:
        if self.bot.allows(ctx.actor, OWNER):
            return True
        if _owns(ctx, task) or (not task.owners and _account(ctx, task) is not None):
            return True
        running = self.running.get(ctx.room)
        if running is None or not running.meeting.may_chair(ctx.actor):
            return False
        # Anybody may start a meeting: that gives no right over what other rooms have decided.
        return task.room == ctx.room or task.key in running.meeting.old_actions

    @command("grep")
    async def grep(self, ctx: Context, words: Text) -> None:
        """Search what was said in meetings; all words must be in a line. Example: !grep volume driver"""
        wanted = words.split()
        if len(wanted) > _MOST_WORDS:
            raise UserError(f"A search takes {_MOST_WORDS} words at most.")
        found = await self.store.read(search, wanted, 5, asked=ctx.line.text)
        ctx.list(
            [f"{self._when(time)} {room} <{nick}> {shorten(text, 200)}" for time, room, nick, text in found]
            or [f"Nothing that I may tell of here has {words!r}."]
        )

    def _room(self, ctx: Context, name: str) -> Room:
        found = self.bot.room_named(name, near=ctx.room)
        if found is None:
            raise UserError(f"I know no room {name!r}; {self.bot.prefix}rooms lists those I am in.")
        return found

    def _sees_all(self, ctx: Context) -> bool:
        return self.bot.allows(ctx.actor, OWNER) and ctx.room.private

    async def _confided(self, ctx: Context, where: Room | None) -> set[str]:
        """The ids of the restricted meetings that may be told of here: in the room itself those that run or
        can still be reopened, of which all there have just heard; to a chair in private their own, of older
        ones the last few.
        """
        held = {
            running.meeting.id: running
            for running in (*self.ended.values(), *self.running.values())
            if running.meeting.restricted
        }
        if not ctx.room.private:
            return {key for key, one in held.items() if one.room == ctx.room and self._is_of_now(one)}
        found = {key for key, one in held.items() if self._chaired(ctx, one)}
        if ctx.actor.account is not None:
            who = (ctx.actor.network, fold_nick(ctx.actor.account))
            for row in await self.store.read(tables.recent, where, _MOST_CONFIDED, restricted=None):
                if row.key not in held and who in await self._chairs(row):
                    found.add(row.key)
        return found

    def _is_of_now(self, running: Running) -> bool:
        ended = running.meeting.ended
        return ended is None or self.bot.now() - ended <= REOPEN_WITHIN

    async def _chairs(self, row: tables.Meeting) -> frozenset[tuple[str, str]]:
        """The accounts, with their networks, that chaired a meeting that is over for good."""
        if row.key not in self._chairs_of:
            lines = [entry.line for entry in await self.archive.entries(row.room, row.spans)]
            chairs = (await asyncio.to_thread(fold, lines, Opening(row.key))).chairs if lines else ()
            self._chairs_of[row.key] = frozenset(
                account for one in chairs if one.chair for account in one.accounts
            )
        return self._chairs_of[row.key]

    def _may_see(self, ctx: Context, task: tables.Task) -> bool:
        """A restricted meeting's action is its owner's to see and to close, where nobody else reads it."""
        return not task.restricted or self._sees_all(ctx) or (ctx.room.private and _owns(ctx, task))

    def remember(self, task: tables.Task | None) -> None:
        """Keep the list of open actions in step with the database."""
        if task is not None and task.state is ActionState.OPEN:
            self.tasks[task.number] = task
        elif task is not None:
            self.tasks.pop(task.number, None)

    # What others ask

    def explain(self, subject: str, room: Room) -> str | None:
        """What a meeting's word does: ``!help #topic``, ``!help topic``."""
        prefix = self.settings.prefix
        entry = WORDS.get(subject) or WORDS.get(subject.removeprefix(prefix))
        if entry is None or not entry.is_typed:
            entry = _form(subject, prefix)
        return None if entry is None else entry.explained(prefix)

    async def held(self, room: Room, since: datetime) -> Sequence[Held]:
        """The public meetings of a room that are over."""
        return await self.store.read(tables.held, room, since)

    def in_meeting(self, room: Room) -> bool:
        """Whether a meeting runs in a room."""
        return room in self.running

    async def briefing(self, room: Room, occasion: Occasion) -> list[Brief]:
        """The room's open actions, which have a part of their own on a page; for a day those that are due,
        for a week how many.
        """
        if occasion is Occasion.PAGE:
            return []
        if occasion is Occasion.MEETING:
            held = list(self.tasks.values())
            return [self.brief(task) for task in held if task.room == room and not task.restricted]
        tasks, today = await self.store.look(tables.tasks_in, room), self._today(room)
        if occasion is Occasion.DAILY:
            return nagging.daily(tasks, today)
        since = self.bot.now() - timedelta(days=7)
        done = await self.store.read(tables.done_since, room, since)
        return nagging.weekly(await self.store.read(tables.held, room, since), done, tasks, today)

    def _today(self, room: Room) -> date:
        """The day in the zone of the room's team."""
        team = self.bot.team(room)
        zone = ZoneInfo(team.zone if team is not None and team.zone else self.bot.zone)
        return self.bot.now().astimezone(zone).date()

    async def nags(self, room: Room, day: date) -> list[Nag]:
        """The actions of the meetings in a team's room that are due, soon or since some time."""
        team, state = self.bot.team(room), self.bot.state(room)
        if team is None:
            return []
        return nagging.nags(
            await self.store.look(tables.tasks_in, room),
            day,
            team.members,
            state.members if state is not None else (),
            in_room=not self.bot.room_settings(room).quiet,
        )

    @daily("09:00")
    async def remind(self, day: date) -> None:
        """In rooms of no team, where nobody asks for nags: speak once of actions that are due, where Muster
        is; elsewhere on the next day that it is.
        """
        for task in await self.store.read(tables.tasks, unreminded_by=day):
            if self.bot.team(task.room) is not None:
                continue
            if task.restricted or self.bot.room_settings(task.room).quiet:
                await self.store.write(tables.set_reminded, task.number)
            elif self.bot.state(task.room) is not None:
                who = listed(task.owners) or "UNASSIGNED"
                end = f"{self.bot.prefix}action {task.number} done closes it."
                self.bot.say(task.room, f"Due {task.due}, action {task.number}: {task.text} ({who}). {end}")
                # Said first: a kill in between says it twice, which is better than never.
                self.bot.also(partial(tables.set_reminded, number=task.number))

    @staticmethod
    def brief(task: tables.Task) -> Brief:
        """An action as a team is told of it."""
        return Brief(f"Action {_shown(task)}")


def _account(ctx: Context, task: tables.Task) -> str | None:
    """The asker's account where it means anything to an action. It is its network's: on another, anybody may
    have registered it.
    """
    return ctx.actor.account if ctx.actor.network == task.room.network else None


def _owns(ctx: Context, task: tables.Task) -> bool:
    person = ctx.bot.person_of(ctx.actor)
    names = {name for at, name in (person.accounts if person else ()) if at == task.room.network}
    if (account := _account(ctx, task)) is not None:
        names.add(account)
    return not {fold_nick(name) for name in names}.isdisjoint(map(fold_nick, task.owners))


def _of(room: str | None) -> str:
    return f" in {shorten(room, 60)}" if room else ""


def _shown(task: tables.Task) -> str:
    who = listed(task.owners) or "UNASSIGNED"
    due = f", due {task.due}" if task.due else ""
    state = "" if task.state is ActionState.OPEN else f" [{task.state}]"
    return f"{task.number}: {task.text} ({who}{due}){state}"


def _form(subject: str, prefix: str) -> Word | None:
    """The word that ``subject`` is an example of, or that the manual writes so: ``+1``, ``s/a/b/``."""
    if bare_ballot(subject) is not None:
        return WORDS["bare ballot"]
    found = recogniser("w3c", prefix).find(subject)
    if found is not None and found.name in WORDS:
        return WORDS[found.name]
    return next((entry for entry in TABLE if entry.usage(prefix).lower() == subject), None)
