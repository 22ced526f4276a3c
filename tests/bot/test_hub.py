"""How a line travels: in order, each room by itself, kept or not, and answered only once all is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bot import journal as journaling
from bot.model import Actor, Entry, Kind, Line, Room, RoomState
from bot.plugin import Context, Held, Occasion, Plugin, Retain, command
from bot.testing import Stage

Staged = Callable[..., AbstractAsyncContextManager[Stage]]

ALWAYS = "log = always"


class Parrot(Plugin):
    """Repeats what is said; ``?`` at the end makes it stumble, ``[off]`` at the start keep nothing."""

    def retains(self, line: Line) -> int:
        if line.text.endswith("cannot be kept?"):
            raise ValueError("the parrot does not know")
        return Retain.NEVER if line.text.startswith("[off]") else Retain.DEFAULT

    def hear(self, line: Line, entry: Entry | None) -> None:
        if line.text.endswith("?"):
            raise ValueError("the parrot stumbles")
        if line.kind is Kind.SAID and not line.own and line.text.startswith("repeat "):
            self.bot.say(line.room, line.text.removeprefix("repeat "))


class Clumsy(Plugin):
    """Obeys ``#words``, and stumbles over everything."""

    def obeys(self, line: Line) -> bool:
        if line.text == "#worse":
            raise ValueError("not even that")
        return line.text.startswith("#")

    def retains(self, line: Line) -> int:
        if line.text == "#keep":
            raise ValueError("it is not kept")
        return Retain.DEFAULT

    def hear(self, line: Line, entry: Entry | None) -> None:
        if line.text != "#keep":
            raise ValueError("it stumbles")


class Listener(Plugin):
    """Notes what it hears."""

    def __init__(self, bot: object, settings: object) -> None:
        super().__init__(bot, settings)  # type: ignore[arg-type]
        self.heard: list[str] = []
        self.rooms: list[Room] = []

    def hear(self, line: Line, entry: Entry | None) -> None:
        self.heard.append(f"{entry.seq if entry else '-'} {line.kind} {line.text}".rstrip())

    def entered(self, state: RoomState) -> None:
        self.rooms.append(state.room)


class Slow(Plugin):
    """A command that takes until it is let go."""

    go = asyncio.Event()
    said_now = asyncio.Event()

    async def start(self) -> None:
        Slow.go, Slow.said_now = asyncio.Event(), asyncio.Event()

    @command("wait")
    async def wait(self, ctx: Context) -> None:
        """Wait."""
        await Slow.go.wait()
        ctx.say("waited")

    @command("now")
    async def now(self, ctx: Context) -> None:
        """Answer at once."""
        ctx.say("now")
        self.bot.after_commit(Slow.said_now.set)


def listener(stage: Stage) -> Listener:
    return next(plugin for plugin in stage.app.hub.plugins if isinstance(plugin, Listener))


def say(stage: Stage, text: str, *, room: Room | None = None, nick: str = "alice", **more: object) -> None:
    """Somebody says something; nobody waits for what comes of it."""
    place = room or stage.room
    actor = Actor("test", nick, nick, f"~{nick}@example.org")
    stage.network.hub.hear(stage.network.line(place, Kind.SAID, actor, text).replace(**more))


async def wait(stage: Stage, minutes: int) -> None:
    """Time passes, after all that was said before."""
    await stage.app.hub.idle()
    await stage.clock.advance(timedelta(minutes=minutes), stage.app.hub.idle)


async def kept(stage: Stage, room: Room | None = None) -> list[str]:
    """The texts in the journal; in brackets what Muster itself said."""
    await stage.app.hub.idle()
    entries = await stage.app.hub.lines(room or stage.room, 1)
    return [f"<{e.line.text}>" if e.line.own else e.line.text for e in entries if e.line.text]


class TestOrder:
    async def test_a_slow_command_in_one_room_holds_up_no_other(self, staged: Staged) -> None:
        async with staged(Slow) as stage:
            other = stage.network.room("#other")
            say(stage, "!wait")
            say(stage, "!now", room=other)
            await Slow.said_now.wait()
            assert stage.network.said == ["[#other] <muster> now"]
            Slow.go.set()
            await stage.app.hub.idle()
            assert stage.network.said == ["[#other] <muster> now", "<muster> waited"]

    async def test_a_room_s_lines_wait_for_the_command_before_them(self, staged: Staged) -> None:
        async with staged(Slow, Listener, settings=ALWAYS) as stage:
            say(stage, "!wait")
            say(stage, "!now")
            say(stage, "and then")
            Slow.go.set()
            lines = await kept(stage)
            assert [text for text in lines if text[0] != "<"] == ["!wait", "!now", "and then"]
            assert [text for text in lines if text[0] == "<"] == ["<waited>", "<now>"]

    async def test_what_a_plugin_notes_or_says_of_a_line_is_heard_after_that_line(
        self, staged: Staged
    ) -> None:
        class Noting(Plugin):
            """Notes what is said."""

            def retains(self, line: Line) -> int:
                return Retain.LASTING

            def hear(self, line: Line, entry: Entry | None) -> None:
                if line.kind is Kind.SAID and not line.own:
                    assert self.bot.note(line.room, f"of {line.text}").seq == 2
                elif line.kind is Kind.NOTE:
                    self.bot.say(line.room, "noted")

        async with staged(Noting, Listener) as stage:
            say(stage, "one")
            await stage.app.hub.idle()
            assert listener(stage).heard == ["1 said one", "2 note of one", "3 said noted"]

    async def test_a_thousand_lines_of_fifty_rooms_stay_in_their_rooms_order(self, staged: Staged) -> None:
        async with staged(settings=ALWAYS) as stage:
            for number in range(1000):
                say(stage, str(number))
                say(stage, str(number), room=stage.network.room(f"#r{number % 50}"))
            assert await kept(stage) == [str(number) for number in range(1000)]


class TestKeeping:
    async def test_by_default_nothing_is_kept(self, staged: Staged) -> None:
        async with staged(Parrot) as stage:
            say(stage, "hello")
            assert await kept(stage) == []

    async def test_in_a_logged_room_every_line_is_kept_muster_s_own_too(self, staged: Staged) -> None:
        async with staged(Parrot, settings=ALWAYS) as stage:
            await stage.play("""
                <alice> repeat this
                <muster> this
                <alice> * laughs
            """)
            assert await kept(stage) == ["repeat this", "<this>", "laughs"]
            own = [e.line for e in await stage.app.hub.lines(stage.room, 1) if e.line.own]
            assert (own[0].actor.nick, own[0].actor.bot) == ("muster", True)

    async def test_what_one_plugin_says_never_of_is_kept_nowhere(self, staged: Staged) -> None:
        class Lasting(Plugin):
            """Wants everything for ever."""

            def retains(self, line: Line) -> int:
                return Retain.LASTING

        async with staged(Parrot, Lasting, Listener, settings=ALWAYS) as stage:
            say(stage, "on the record")
            say(stage, "[off] the record")
            assert await kept(stage) == ["on the record"]
            assert listener(stage).heard == ["1 said on the record", "- said [off] the record"]

    async def test_what_is_forgotten_is_gone_though_it_was_on_its_way_to_the_database(
        self, staged: Staged
    ) -> None:
        class Passing(Plugin):
            """Wants everything for now."""

            def retains(self, line: Line) -> int:
                return Retain.PASSING

        async with staged(Passing) as stage:
            line = stage.network.line(stage.room, Kind.SAID, Actor("test", "alice"), "gone")
            stage.app.journal.append(line, lasting=False)
            await stage.clock.advance(timedelta(minutes=1), lambda: None)
            stage.app.journal.append(line.replace(text="gone too"), lasting=False)
            await stage.app.hub.forget(stage.room)
            assert await kept(stage) == []

    async def test_what_is_said_in_private_is_not_kept(self, staged: Staged) -> None:
        async with staged(Parrot, settings=ALWAYS) as stage:
            private = stage.network.private("alice")
            say(stage, "ping", room=private)
            assert await kept(stage, private) == []
            assert stage.network.said == ["<muster -> alice> pong"]

    async def test_a_note_that_no_plugin_keeps_is_a_mistake(self, staged: Staged) -> None:
        async with staged(Parrot) as stage:
            with pytest.raises(ValueError, match="no plugin retains"):
                stage.app.hub.note(stage.room, "parrot.slept")

    async def test_text_that_cannot_be_stored_is_the_same_for_plugins_and_journal(
        self, staged: Staged
    ) -> None:
        async with staged(Listener, settings=ALWAYS) as stage:
            say(stage, "nul \0 and \ud800")
            assert await kept(stage) == ["nul   and \ufffd"]
            assert listener(stage).heard == ["1 said nul   and \ufffd"]


class TestMistakesOfPlugins:
    async def test_an_exception_costs_one_line_s_reaction_and_is_logged(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with staged(Parrot, Listener, settings=ALWAYS) as stage:
            await stage.play("""
                <alice> who is there?
                <alice> this cannot be kept?
                <alice> repeat I am
                <muster> I am
            """)
            assert await kept(stage) == ["who is there?", "this cannot be kept?", "repeat I am", "<I am>"]
            assert len(listener(stage).heard) == 5  # with alice's joining
        errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        assert len(errors) == 3
        assert all("parrot" in error for error in errors)

    async def test_exceptions_when_asked_or_told_something_stay_with_the_plugin(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Broken(Plugin):
            """Fails at everything."""

            def wants_history(self, room: Room) -> bool:
                raise ValueError("broken: history")

            def entered(self, state: RoomState) -> None:
                raise ValueError("broken: entered")

            async def briefing(self, room: Room, occasion: Occasion) -> list[object]:  # type: ignore[override]
                raise ValueError("broken: briefing")

            async def held(self, room: Room, since: datetime) -> list[Held]:
                raise ValueError("broken: held")

        async with staged(Broken, Listener) as stage:
            assert stage.app.hub.known(stage.room) is None
            assert await stage.app.hub.briefs(stage.room) == []
            assert await stage.app.hub.held(stage.room, stage.clock.now()) == []
            assert listener(stage).rooms == [stage.room]
            stage.app.hub.spawn(self._fail(), "a task")
            stage.app.hub.at(stage.clock.now(), lambda: [][0])
            await stage.play("-- 1 minute passes")
        for what in (
            "broken: history",
            "broken: entered",
            "broken: briefing",
            "broken: held",
            "a task failed",
            "A timer",
        ):
            assert what in caplog.text

    @staticmethod
    async def _fail() -> None:
        raise ValueError("the task fails")


class TestAnswering:
    async def test_nothing_is_answered_before_it_is_durable(
        self, staged: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        full = True
        refused = asyncio.Event()

        def fail(*_anything: object) -> None:
            if full:
                raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

        async def pause(_seconds: float) -> None:
            refused.set()
            await asyncio.to_thread(lambda: None)

        monkeypatch.setattr(journaling, "_pause", pause)
        async with staged(Parrot, settings=ALWAYS) as stage:
            event.listen(stage.app.store._writing, "commit", fail)
            say(stage, "!ping")
            say(stage, "repeat it")
            await refused.wait()
            assert stage.network.said == []
            full = False
            assert await kept(stage) == ["!ping", "repeat it", "<pong>", "<it>"]
            assert stage.network.said == ["<muster> pong", "<muster> it"]

    @pytest.mark.parametrize(
        "what",
        [
            {"own": True},
            {"kind": Kind.NOTICE},
            {"kind": Kind.ACTED},
            {"kind": Kind.TOPIC},
            {"history": True},
            {"actor": Actor("test", "robot", "robot", bot=True)},
        ],
        ids=lambda what: ", ".join(what) + " " + ", ".join(str(value)[:8] for value in what.values()),
    )
    async def test_muster_itself_bots_notices_actions_and_the_past_are_never_answered(
        self, staged: Staged, what: dict[str, Any]
    ) -> None:
        async with staged(settings=ALWAYS) as stage:
            say(stage, "first")
            say(stage, "!ping", **what)
            say(stage, "muster: ping", **what)
            say(stage, "ping", room=stage.network.private("robot"), **what)
            await stage.app.hub.idle()
            assert stage.network.said == []

    async def test_commands_are_not_answered_where_they_are_off(self, staged: Staged) -> None:
        async with staged(settings="commands = off") as stage:
            await stage.play("""
                <alice> !ping
                <alice -> muster> ping
                <muster -> alice> pong
            """)

    async def test_one_person_cannot_make_muster_flood_and_others_are_still_answered(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO")
        async with staged(Parrot) as stage:
            for number in range(200):
                say(stage, f"repeat {number}", nick="mallory")
            say(stage, "repeat me", nick="bob")
            await stage.app.hub.idle()
            *said, told, last = stage.network.said
            assert said == [f"<muster> {number}" for number in range(40)]
            assert last == "<muster> me"
            assert told == (
                "<muster -> mallory> That is more than I may say at once, so I leave some answers to you out "
                "for now. What you say counts all the same, and minutes miss nothing."
            )
        assert "makes me say too much" in caplog.text

    async def test_whose_answers_are_left_out_is_told_so_again_after_two_minutes_at_most(
        self, staged: Staged
    ) -> None:
        async with staged(Parrot) as stage:

            async def told() -> int:
                for number in range(100):
                    say(stage, f"repeat {number}", nick="mallory")
                await stage.app.hub.idle()
                said, stage.network.said = stage.network.said, []
                return sum(line.startswith("<muster -> mallory>") for line in said)

            assert await told() == 1
            await stage.clock.advance(timedelta(seconds=100), stage.app.hub.idle)
            assert await told() == 0
            await stage.clock.advance(timedelta(seconds=20), stage.app.hub.idle)
            assert await told() == 1

    async def test_what_is_said_is_one_line_without_control_characters(self, staged: Staged) -> None:
        async with staged(Parrot) as stage:
            say(stage, "repeat a\r\nQUIT :\0b\x02c")
            await stage.app.hub.idle()
            assert stage.network.said == ["<muster> a QUIT : bc"]

    async def test_who_said_what_a_plugin_obeys_and_fails_on_gets_an_apology(self, staged: Staged) -> None:
        sorry = "Sorry, that went wrong here; it is in my log."
        async with staged(Clumsy) as stage:
            await stage.play(f"""
                <alice> hello
                <alice> * #waves
                <alice> #topic x
                <muster> alice: {sorry}
                <alice> #topic y
                <bob> #keep
                <muster> bob: {sorry}
                <carol> #worse
                <carol> !ping
                <muster> pong
                -- 30 seconds pass
                <alice> #topic z
                <muster> alice: {sorry}
            """)
            say(stage, "#topic x", nick="dave", history=True)
            await stage.app.hub.idle()
            assert stage.network.said == []

    async def test_where_no_command_is_answered_there_is_no_apology(self, staged: Staged) -> None:
        async with staged(Clumsy, settings="commands = off") as stage:
            await stage.play("<alice> #topic x")

    async def test_a_topic_is_set_only_where_muster_may(self, staged: Staged) -> None:
        async with staged() as stage:
            stage.app.hub.set_topic(stage.room, "Now:\r\nbugs")
            stage.network.may_set_topic = False
            stage.app.hub.set_topic(stage.room, "no")
            stage.app.hub.set_topic(Room("nowhere", "#x"), "no")
            await stage.play("-- topic: Now: bugs")


class TestComingBack:
    """What was missed is fetched, or marked as a gap."""

    async def test_missed_lines_are_kept_and_heard_in_order_and_not_answered(self, staged: Staged) -> None:
        async with staged(Parrot, Listener, settings=ALWAYS) as stage:
            say(stage, "before")
            await stage.app.hub.idle()
            seen = stage.clock.now()
            await wait(stage, 5)
            history = [
                stage.network.line(stage.room, Kind.SAID, Actor("test", "bob"), text, history=True, time=time)
                for text, time in (
                    ("before", seen),
                    ("repeat me", seen + timedelta(minutes=1)),
                    ("!ping", seen + timedelta(minutes=2)),
                )
            ]
            history[0] = history[0].replace(actor=Actor("test", "alice"))
            stage.network.hub.entered(stage.room, history, True)
            say(stage, "live")
            assert await kept(stage) == ["before", "repeat me", "!ping", "live"]
            assert listener(stage).heard == [
                "1 said before",
                "2 said repeat me",
                "3 said !ping",
                "4 said live",
            ]
            assert stage.network.said == []

    async def test_what_nobody_kept_is_marked_as_a_gap_with_its_times(self, staged: Staged) -> None:
        async with staged(settings=ALWAYS) as stage:
            start = stage.clock.now()
            say(stage, "before")
            await wait(stage, 5)
            stage.network.hub.entered(stage.room, (), False)
            await wait(stage, 5)
            later = stage.network.line(
                stage.room,
                Kind.SAID,
                Actor("test", "bob"),
                "late",
                history=True,
                time=start + timedelta(minutes=9),
            )
            stage.network.hub.entered(stage.room, (later,), False)
            await stage.app.hub.idle()
            lines = [entry.line for entry in await stage.app.hub.lines(stage.room, 1)]
            assert [line.kind for line in lines] == [Kind.SAID, Kind.GAP, Kind.GAP, Kind.SAID]
            minutes = [(start + timedelta(minutes=n)).isoformat() for n in (0, 5, 9)]
            assert lines[1].data == {"since": minutes[0], "until": minutes[1]}
            assert lines[2].data == {"since": minutes[1], "until": minutes[2]}

    async def test_a_gap_behind_what_was_fetched_stands_there(self, staged: Staged) -> None:
        async with staged(settings=ALWAYS) as stage:
            say(stage, "before")
            await wait(stage, 5)
            bob, now = Actor("test", "bob"), stage.clock.now()
            fetched = stage.network.line(stage.room, Kind.SAID, bob, "fetched", history=True)
            gap = stage.network.line(
                stage.room, Kind.GAP, Actor("test", "muster"), data={"since": now.isoformat(), "until": "x"}
            )
            stage.network.hub.entered(stage.room, (fetched, gap), True)
            say(stage, "live")
            await stage.app.hub.idle()
            lines = [entry.line for entry in await stage.app.hub.lines(stage.room, 1)]
            assert [line.text or line.kind for line in lines] == ["before", "fetched", Kind.GAP, "live"]
            assert lines[2].data == gap.data

    async def test_history_that_comes_after_live_lines_is_kept_once_with_its_own_time(
        self, staged: Staged
    ) -> None:
        async with staged(settings=ALWAYS) as stage:
            say(stage, "before")
            stage.network.hub.entered(stage.room, (), True)
            missed = stage.clock.now() + timedelta(minutes=1)
            await wait(stage, 5)
            say(stage, "live")
            for _ in range(2):
                say(stage, "missed", history=True, time=missed)
                say(stage, "live", history=True)
            assert await kept(stage) == ["before", "live", "missed"]
            assert (await stage.app.hub.lines(stage.room, 3))[0].line.time == missed

    async def test_a_long_history_in_one_room_holds_up_no_other(self, staged: Staged) -> None:
        async with staged(Listener, settings=ALWAYS) as stage:
            say(stage, "before")
            await stage.app.hub.idle()
            bob, now = Actor("test", "bob"), stage.clock.now()
            history = [
                stage.network.line(stage.room, Kind.SAID, bob, str(number), history=True, time=now)
                for number in range(1000)
            ]
            stage.network.hub.entered(stage.room, history, True)
            say(stage, "live")
            say(stage, "elsewhere", room=stage.network.room("#other"))
            assert await kept(stage) == ["before", *map(str, range(1000)), "live"]
            heard = listener(stage).heard
            assert heard.index("- said elsewhere") < heard.index("1002 said live") == len(heard) - 1

    async def test_the_past_of_a_room_that_nobody_logs_is_of_no_interest(self, staged: Staged) -> None:
        async with staged(Listener) as stage:
            assert stage.app.hub.known(stage.room) is None
            line = stage.network.line(stage.room, Kind.SAID, Actor("test", "bob"), "x", history=True)
            stage.network.hub.entered(stage.room, (line,), False)
            stage.network.hub.hear(line)
            await stage.app.hub.idle()
            assert listener(stage).heard == []


class TestPeople:
    async def test_the_ignored_leave_no_trace(self, staged: Staged) -> None:
        async with staged(Parrot, Listener, settings=ALWAYS) as stage:
            stage.app.hub.ignores = lambda actor: actor.nick == "mallory"
            say(stage, "repeat me", nick="mallory")
            say(stage, "!ping", nick="mallory")
            say(stage, "hello")
            assert await kept(stage) == ["hello"]
            assert listener(stage).heard == ["1 said hello"]

    async def test_invitations_of_bots_and_of_the_ignored_and_too_many_are_not_passed_on(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with staged() as stage:
            came: list[str] = []

            def invited(room: Room, by: Actor) -> None:
                came.append(by.nick)
                raise ValueError("nobody is in")

            hub = stage.app.hub
            hub.on_invited = invited
            hub.ignores = lambda actor: actor.nick == "mallory"
            room = stage.network.room("#other")
            hub.invited(room, Actor("test", "robot", bot=True))
            hub.invited(room, Actor("test", "mallory"))
            assert came == []
            for _ in range(100):
                hub.invited(room, Actor("test", "eve", address="~eve@example.org"))
            assert came == ["eve"] * 40
        assert "nobody is in" in caplog.text


class TestRooms:
    async def test_a_room_is_named_alone_near_another_or_with_its_network(self, staged: Staged) -> None:
        async with staged() as stage:
            hub, here = stage.app.hub, stage.room
            assert hub.room_named("#Other", near=here) == Room("test", "#other")
            assert hub.room_named("test/#a/b") == Room("test", "#a/b")
            assert hub.room_named("#other") == Room("test", "#other")
            assert hub.room_named("#other", near=Room("gone", "#x")) is None

    async def test_a_room_without_a_section_has_the_defaults(self, staged: Staged) -> None:
        async with staged(settings=ALWAYS) as stage:
            hub = stage.app.hub
            assert hub.room_settings(stage.room).log == "always"
            assert hub.room_settings(stage.network.room("#other")).log == "meetings"
            assert hub.room_settings(stage.network.private("#stage")).log == "meetings"

    async def test_a_room_s_settings_hold_also_where_its_network_learns_late_how_names_are_folded(
        self, staged: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with staged(settings=ALWAYS, room="#team[1]") as stage:
            hub, room = stage.app.hub, Room("test", "#team{1}")
            assert hub.room_settings(room).log == "meetings"
            folding = str.maketrans("[]", "{}")
            monkeypatch.setattr(stage.network, "room", lambda name: Room("test", name.translate(folding)))
            hub.connected(stage.network)
            assert hub.room_settings(room).log == "always"

    async def test_to_say_something_on_a_network_that_is_gone_does_nothing(self, staged: Staged) -> None:
        async with staged() as stage:
            stage.app.hub.say(Room("gone", "#x"), "hello")
            stage.app.hub.tell(Actor("gone", "bob"), "hello")
            await stage.app.hub.idle()
            assert (stage.network.said, stage.app.hub.nick("gone")) == ([], "muster")

    async def test_to_be_idle_means_that_muster_s_own_words_are_durable_too(self, staged: Staged) -> None:
        async with staged(Parrot, settings=ALWAYS) as stage:
            say(stage, "repeat me")
            await stage.app.hub.idle()
            assert stage.app.journal.is_settled
            assert stage.app.journal.waiting == 0
