"""Rooms that are one in several places: what is said in one is heard in the others, and counts once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from bot.model import Actor, Entry, Kind, Line, Room
from bot.plugin import Context, Flag, Plugin, Text, command
from bot.testing import Stage

Staged = Callable[..., AbstractAsyncContextManager[Stage]]

HOME = Room("test", "#stage")
JABBER = Room("jabber", "nova@c")
DEV = Room("test", "#dev")


class Ear(Plugin):
    """Remembers what it hears."""

    heard: list[Line]

    async def start(self) -> None:
        self.heard = []

    def hear(self, line: Line, entry: Entry | None) -> None:
        self.heard.append(line)

    @command("shout")
    async def shout(self, ctx: Context, text: Text) -> None:
        """Say something to the room. Example: !shout hello"""
        ctx.say(text)

    @command("whisper")
    async def whisper(self, ctx: Context, text: Text) -> None:
        """Say something to whoever asks. Example: !whisper hello"""
        ctx.tell(text)

    @command("topic")
    async def topic(self, ctx: Context, text: Text) -> None:
        """Set the room's topic. Example: !topic hello"""
        self.bot.set_topic(ctx.room, text)

    @command("burn")
    async def burn(self, ctx: Context, *, now: Flag = False) -> None:
        """Ask before it does something. Example: !burn"""

        async def do(again: Context) -> None:
            again.say("It burns.")

        ctx.ask("Burn it?", do)


def ear(stage: Stage) -> Ear:
    return stage.app.hub.plugin(Ear)


def texts(stage: Stage) -> list[str]:
    return [line.text for line in ear(stage).heard if line.kind is Kind.SAID and not line.own]


@pytest.fixture
def linked(staged: Staged) -> Callable[..., AbstractAsyncContextManager[Stage]]:
    def make(*plugins: type[Plugin], **options: object) -> AbstractAsyncContextManager[Stage]:
        options = {"networks": {"jabber": "xmpp"}, "linked": ["jabber/nova@c"], **options}
        return staged(*(plugins or (Ear,)), **options)

    return make


class TestWhatIsSaid:
    async def test_is_repeated_in_the_other_places_with_the_speaker_s_name(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("""
                <alice> hello
                [jabber/nova@c] <muster> <alice> hello
                [jabber/nova@c] <bob> * waves
                <muster> * bob waves
            """)

    async def test_counts_for_the_room_and_tells_where_it_was_said(self, linked: Staged) -> None:
        async with linked(settings="log = always") as stage:
            await stage.play("""
                <alice> hello
                [jabber/nova@c] <muster> <alice> hello
                [jabber/nova@c] <bob> hi
                <muster> <bob> hi
            """)
            said = [line for line in ear(stage).heard if line.kind is Kind.SAID]
            assert [(line.room, line.place, line.where, line.actor.network) for line in said] == [
                (HOME, None, HOME, "test"),
                (HOME, JABBER, JABBER, "jabber"),
            ]
            entries = await stage.app.hub.lines(HOME, 1)
            assert [entry.seq for entry in entries] == [1, 2, 3, 4]
            assert [entry.line for entry in entries] == ear(stage).heard
            assert await stage.app.hub.lines(JABBER, 1) == []

    async def test_is_not_repeated_where_it_is_muster_s_a_notice_or_for_operators(
        self, linked: Staged
    ) -> None:
        async with linked() as stage:
            network = stage.network
            await stage.play("<alice> [off] lunch?\n[jabber/nova@c] <muster> <alice> [off] lunch?")
            alice = network.member(HOME, "alice")
            network.hear(network.line(HOME, Kind.NOTICE, alice, "beep"))
            network.hear(network.line(HOME, Kind.SAID, alice, "psst", data={"to": "@"}))
            network.hear(network.line(HOME, Kind.REACTED, alice, data={"of": "1", "reactions": ["+"]}))
            await stage.play("-- alice leaves")

    async def test_is_repeated_once_it_is_durable(
        self, linked: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with linked(settings="log = always") as stage:
            waiting: list[int] = []
            journal = stage.app.journal
            monkeypatch.setattr(
                stage.networks["jabber"], "say", lambda *_, **__: waiting.append(journal.waiting)
            )
            await stage.play("<alice> hello")
            assert waiting == [0]

    async def test_is_said_again_as_it_is_corrected(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("<alice> hello\n[jabber/nova@c] <muster> <alice> hello")
            network = stage.network
            alice = network.member(HOME, "alice")
            network.hear(network.line(HOME, Kind.CORRECTED, alice, "hallo", data={"of": "m1"}))
            await stage.play("[jabber/nova@c] <muster> <alice> (corrected) hallo")

    async def test_is_not_repeated_of_whoever_is_ignored(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("""
                [jabber/nova@c] <eve> hello
                <muster> <eve> hello
                <owner> !ignore jabber/eve
                [jabber/nova@c] <muster> <owner> !ignore jabber/eve
                <muster> I ignore the account eve.
                [jabber/nova@c] <eve> buy this
                <eve> I am another eve
                [jabber/nova@c] <muster> <eve> I am another eve
            """)

    @pytest.mark.parametrize(
        ("nick", "text", "repeated"),
        [
            ("alice", "one\r\nPRIVMSG #x :two", "<alice> one PRIVMSG #x :two"),
            ("alice", "\x01ACTION waves\x01", "<alice> ACTION waves"),
            ("alice", "\x02bold\x02 \x0304red\x03\0", "<alice> bold red "),
            ("alice", "\ufffe\ud800", "<alice> \ufffd\ufffd"),
            ("alice", "a \u202egnp.exe", "<alice> a gnp.exe"),
            ("alice", "<bob> I agree", "<alice> <bob> I agree"),
            ("alice> <bob", "I agree", "<alice)(bob> I agree"),
            ("al\u202eice\n", "hello", "<alice> hello"),
            ("\u200b", "hello", "<?> hello"),
            ("a" * 200, "hello", f"<{'a' * 31}…> hello"),
        ],
    )
    async def test_is_harmless_and_passes_for_nobody_else_s(
        self, linked: Staged, nick: str, text: str, repeated: str
    ) -> None:
        async with linked() as stage:
            network = stage.network
            network.hear(network.line(HOME, Kind.SAID, Actor("test", nick), text))
            await stage.settled()
            assert stage.network.said == [f"[jabber/nova@c] <muster> {repeated}"]

    async def test_is_cut_where_it_is_very_long(self, linked: Staged) -> None:
        async with linked() as stage:
            network = stage.network
            for text in ("word " * 20_000, "\u0300" * 100_000, " " * 100_000):
                network.hear(network.line(HOME, Kind.SAID, Actor("test", "alice"), text))
            await stage.settled()
            assert len(network.said) == 3
            assert all(len(said.encode()) < 1_400 for said in network.said)
            assert network.said[0].endswith("…")


class TestOtherBridges:
    async def test_what_one_brings_back_is_not_repeated(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("""
                <alice> hello
                [jabber/nova@c] <muster> <alice> hello
                [jabber/nova@c] <bridge> <alice> hello
                <bridge> <muster> <alice> hello
                <bridge> [muster] <alice> hello
                -- 11 seconds pass
                [jabber/nova@c] <bridge> <alice> hello
                <muster> <bridge> <alice> hello
            """)

    async def test_what_a_bot_says_again_is_not_repeated(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("<alice> hello\n[jabber/nova@c] <muster> <alice> hello")
            jabber = stage.networks["jabber"]
            puppet = Actor("jabber", "alice[irc]", bot=True)
            jabber.hear(jabber.line(JABBER, Kind.SAID, puppet, "hello"))
            jabber.hear(jabber.line(JABBER, Kind.SAID, puppet, "that was all"))
            await stage.play("<muster> <alice[irc]> that was all")

    async def test_what_two_people_say_alike_is(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("""
                <alice> +1
                [jabber/nova@c] <muster> <alice> +1
                [jabber/nova@c] <bob> +1
                <muster> <bob> +1
            """)


class TestWhatMusterSays:
    async def test_to_the_room_is_said_in_all_places_and_recorded_once(self, linked: Staged) -> None:
        async with linked(settings="log = always") as stage:
            await stage.play("""
                [jabber/nova@c] <bob> !shout hello
                <muster> <bob> !shout hello
                [*] <muster> hello
            """)
            own = [entry.line for entry in await stage.app.hub.lines(HOME, 1) if entry.line.own]
            assert [(line.text, line.place, line.actor.network) for line in own] == [("hello", None, "test")]

    async def test_to_one_person_is_said_where_they_are(self, linked: Staged) -> None:
        async with linked(settings="log = always") as stage:
            await stage.play("""
                [jabber/nova@c] <bob> !ping
                <muster> <bob> !ping
                [jabber/nova@c] <muster> pong
                [jabber/nova@c] <bob> !whisper you
                <muster> <bob> !whisper you
                [jabber] <muster -> bob> you
                [jabber/nova@c] <bob -> muster> ping
                [jabber] <muster -> bob> pong
                <bob> muster: ping
                [jabber/nova@c] <muster> <bob> muster: ping
                <muster> pong
                <bob> !pign
                [jabber/nova@c] <muster> <bob> !pign
                <muster -> bob> There is no !pign; did you mean !ping?
            """)
            own = [entry.line for entry in await stage.app.hub.lines(HOME, 1) if entry.line.own]
            assert [(line.text, line.where, line.actor.network) for line in own] == [
                ("pong", JABBER, "jabber"),
                ("pong", HOME, "test"),
            ]

    async def test_it_is_called_by_its_nick_on_each_network(self, linked: Staged) -> None:
        async with linked() as stage:
            stage.networks["jabber"]._nick = "mustafa"
            await stage.play("""
                [jabber/nova@c] <bob> muster: ping
                <muster> <bob> muster: ping
            """)
            jabber = stage.networks["jabber"]
            jabber.hear(jabber.line(JABBER, Kind.SAID, jabber.member(JABBER, "bob"), "mustafa: ping"))
            await stage.settled()
            assert stage.network.said == ["<muster> <bob> mustafa: ping", "[jabber/nova@c] <mustafa> pong"]

    async def test_a_yes_is_taken_from_the_asker_in_the_same_place_alone(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("""
                <bob> !burn
                [jabber/nova@c] <muster> <bob> !burn
                <muster> Burn it? !yes does it.
                [jabber/nova@c] <bob> !yes
                <muster> <bob> !yes
                [jabber/nova@c] <muster> bob: I asked you nothing here [...]
                <bob> !yes
                [jabber/nova@c] <muster> <bob> !yes
                [*] <muster> It burns.
            """)

    async def test_rights_are_those_of_an_account_on_its_own_network(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("""
                [jabber/nova@c] <owner> !ignore eve
                <muster> <owner> !ignore eve
                [jabber/nova@c] <muster> owner: !ignore needs the capability 'owner'; you are [...]
            """)

    async def test_who_waits_until_it_is_out_waits_for_all_places_that_are_up(self, linked: Staged) -> None:
        async with linked() as stage:
            hub = stage.app.hub
            await stage.play("-- [jabber] the wire is slow")
            hub.say(HOME, "hello")
            gone: list[bool] = []
            hub.spawn(_noting(hub.sent(HOME), gone), "waits")
            await stage.play("<muster> hello")
            assert gone == []
            await stage.play("-- [jabber] the wire is free\n[jabber/nova@c] <muster> hello")
            assert gone == [True]
            await stage.play("-- jabber is down")
            hub.say(HOME, "again")
            await stage.play("<muster> again")
            assert await hub.sent(HOME)


async def _noting(waits: Awaitable[bool], gone: list[bool]) -> None:
    gone.append(await waits)


class TestWhoIsThere:
    async def test_is_whoever_is_in_any_of_the_places(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("""
                -- alice joins
                -- [jabber/nova@c] alice joins
                -- [jabber/nova@c] bob joins
            """)
            hub = stage.app.hub
            assert list(hub.rooms()) == [HOME]
            assert list(hub.places()) == [HOME, JABBER]
            assert hub.room_named("jabber/nova@c") == HOME
            for room in (HOME, JABBER):
                state = hub.state(room)
                assert state is not None
                assert state.room == HOME
                assert [(one.network, one.nick) for one in state.members] == [
                    ("test", "alice"),
                    ("jabber", "alice"),
                    ("jabber", "bob"),
                ]
            await stage.play("-- test is down")
            state = hub.state(HOME)
            assert state is not None
            assert [one.network for one in state.members] == ["jabber", "jabber"]
            await stage.play("-- jabber is down")
            assert hub.state(HOME) is None

    async def test_muster_s_own_nicks_are_marked(self, linked: Staged) -> None:
        async with linked() as stage:
            stage.networks["jabber"]._nick = "mustafa"
            await stage.play("-- [jabber/nova@c] mustafa joins\n-- mustafa joins")
            state = stage.app.hub.state(HOME)
            assert state is not None
            assert [(one.network, one.bot) for one in state.members] == [("test", False), ("jabber", True)]

    async def test_in_two_places_on_one_network_each_event_counts_once(self, staged: Staged) -> None:
        async with staged(Ear, linked=["test/#dev"]) as stage:
            await stage.play("""
                -- alice joins
                -- [#dev] alice joins
                [#dev] <alice> hello
                <muster> <alice> hello
                -- alice leaves
                -- alice joins
                -- [#dev] alice leaves
                [#dev] <carol> hi
                <muster> <carol> hi
                <carol> hi
                [#dev] <muster> <carol> hi
                -- carol is now cat
                -- [#dev] carol is now cat
                -- cat quits
            """)
            network = stage.network
            cat = network._members[DEV].pop("cat")
            network.hear(network.line(DEV, Kind.LEFT, cat, data={"how": "quit"}))
            await stage.settled()
            moves = [line for line in ear(stage).heard if line.kind not in {Kind.SAID}]
            assert [(line.kind, line.actor.nick, line.room, line.where) for line in moves] == [
                (Kind.JOINED, "alice", HOME, HOME),
                (Kind.JOINED, "carol", HOME, DEV),
                (Kind.RENAMED, "carol", HOME, HOME),
                (Kind.LEFT, "cat", HOME, DEV),
            ]

    async def test_the_rooms_command_tells_what_is_linked(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("""
                [jabber/nova@c] <bob> !rooms
                <muster> <bob> !rooms
                [jabber/nova@c] <muster> I am in test/#stage (linked with jabber/nova@c).
                [jabber/nova@c] <alice -> muster> rooms
                [jabber] <muster -> alice> I am in test/#stage (linked with jabber/nova@c).
            """)

    async def test_muster_leaves_one_place_and_comes_back(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("""
                <owner> !room leave jabber/nova@c
                [jabber/nova@c] <muster> <owner> !room leave jabber/nova@c
                <muster -> owner> I leave jabber/nova@c.
                <owner> hello
                <owner> !room join jabber/nova@c
                <muster> I go to jabber/nova@c.
                <owner> hello
                [jabber/nova@c] <muster> <owner> hello
            """)


class TestTopics:
    async def test_muster_s_is_set_in_all_places(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("""
                [jabber/nova@c] <bob> !topic Today: caching
                <muster> <bob> !topic Today: caching
                -- topic: Today: caching
                -- [jabber/nova@c] topic: Today: caching
            """)

    async def test_somebody_s_is_set_in_the_others(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("""
                -- [jabber/nova@c] bob sets the topic: Today: caching
                -- topic: Today: caching
                -- alice sets the topic: Today: caching
            """)
            heard = [line.actor.nick for line in ear(stage).heard if line.kind is Kind.TOPIC]
            assert heard == ["bob", "alice"]

    async def test_where_muster_may_not_nothing_is_set(self, linked: Staged) -> None:
        async with linked() as stage:
            stage.network.may_set_topic = False
            await stage.play("-- [jabber/nova@c] bob sets the topic: Today: caching")

    async def test_two_that_insist_on_theirs_come_to_an_end(self, linked: Staged) -> None:
        async with linked() as stage:
            jabber = stage.networks["jabber"]
            for count in range(20):
                jabber.topic(JABBER, "lock", f"ours {count}")
                stage.network.topic(HOME, "lock", f"no, ours {count}")
                await stage.settled()
            assert len(stage.network.said) == 5

    async def test_muster_s_own_is_recorded_as_the_first_place_tells_it(self, linked: Staged) -> None:
        async with linked(settings="log = always") as stage:
            for network, place in ((stage.network, HOME), (stage.networks["jabber"], JABBER)):
                me = Actor(network.name, "muster")
                network.hear(network.line(place, Kind.TOPIC, me, "Today", own=True))
            await stage.settled()
            assert [line.place for line in ear(stage).heard] == [None]


class Keeper(Ear):
    """Wants what was missed."""

    def wants_history(self, room: Room) -> bool:
        return room == HOME


class TestHistory:
    async def test_what_was_missed_in_a_place_comes_in_and_is_not_repeated(self, linked: Staged) -> None:
        async with linked(settings="log = always") as stage:
            await stage.play("""
                [jabber/nova@c] <bob> one
                <muster> <bob> one
                -- jabber is down
                -- 1 minute passes
                <alice> two
                [jabber/nova@c] <bob> three
                -- 1 minute passes
                <alice> four
                -- jabber is up
                <alice> five
                [jabber/nova@c] <muster> <alice> five
            """)
            assert texts(stage) == ["one", "two", "four", "three", "five"]
            entries = await stage.app.hub.lines(HOME, 1)
            missed = next(entry.line for entry in entries if entry.line.text == "three")
            assert (missed.history, missed.where, missed.actor.network) == (True, JABBER, "jabber")

    async def test_is_compared_with_what_its_own_place_said_last(self, linked: Staged) -> None:
        async with linked(settings="log = always") as stage:
            await stage.play("[jabber/nova@c] <bob> one\n<muster> <bob> one\n-- 10 minutes pass")
            await stage.play("<alice> two\n[jabber/nova@c] <muster> <alice> two")
            known = {place: stage.app.hub.known(place) for place in (HOME, JABBER)}
            times = {place: end.time for place, end in known.items() if end is not None}
            assert (times[HOME] - times[JABBER]).total_seconds() == 600
            before = times
            await stage.play("-- muster is killed")
            known = {place: stage.app.hub.known(place) for place in (HOME, JABBER)}
            assert {place: end.time for place, end in known.items() if end is not None} == before

    async def test_a_place_that_was_away_while_much_was_said_is_known_after_a_restart(
        self, linked: Staged
    ) -> None:
        async with linked(settings="log = always") as stage:
            await stage.play("[jabber/nova@c] <bob> one\n<muster> <bob> one\n-- jabber is down")
            end = stage.app.hub.known(JABBER)
            await stage.play("-- 1 minute passes\n[jabber/nova@c] <bob> missed\n-- 10 minutes pass")
            network = stage.network
            for count in range(600):
                network.hear(network.line(HOME, Kind.SAID, Actor("test", "alice"), f"line {count}"))
            await stage.settled()
            await stage.play("-- muster is killed")
            again = stage.app.hub.known(JABBER)
            assert (again and again.time) == (end and end.time)
            await stage.play("-- jabber is up")
            assert texts(stage)[-1] == "missed"

    async def test_a_gap_names_its_place(self, linked: Staged) -> None:
        async with linked(settings="log = always") as stage:
            await stage.play("[jabber/nova@c] <bob> one\n<muster> <bob> one\n-- 10 minutes pass")
            stage.app.hub.entered(JABBER, (), complete=False)
            await stage.settled()
            gap = ear(stage).heard[-1]
            assert (gap.kind, gap.room, gap.where) == (Kind.GAP, HOME, JABBER)
            assert gap.data["in"] == "jabber/nova@c"

    async def test_history_that_is_late_goes_by_its_place_too(self, linked: Staged) -> None:
        async with linked(settings="log = always") as stage:
            await stage.play("[jabber/nova@c] <bob> one\n<muster> <bob> one")
            jabber = stage.networks["jabber"]
            bob = jabber.member(JABBER, "bob")
            for text in ("one", "two"):
                jabber.hear(jabber.line(JABBER, Kind.SAID, bob, text, history=True))
            await stage.settled()
            assert texts(stage) == ["one", "two"]
            assert stage.network.said == []


class TestFloods:
    async def test_of_one_place_do_not_fill_the_other(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("-- [jabber] the wire is slow")
            for count in range(300):
                nick = f"bot{count}"
                line = stage.network.line(HOME, Kind.SAID, Actor("test", nick, None, f"{nick}@x"), "buy")
                stage.network.hear(line)
            await stage.settled()
            await stage.play(
                "[jabber/nova@c] <bob> !shout stop it\n<muster> <bob> !shout stop it\n<muster> stop it"
            )
            assert stage.networks["jabber"].backlog(JABBER) == 22
            stage.networks["jabber"].release()
            said, stage.network.said = stage.network.said, []
            to_jabber = [line.removeprefix("[jabber/nova@c] <muster> ") for line in said]
            assert to_jabber[20:] == [
                "More is said in test/#stage than I may repeat here: some of it is left out.",
                "stop it",
            ]
            await stage.play("<alice> calm\n[jabber/nova@c] <muster> <alice> calm")

    async def test_one_that_is_away_hears_nothing_of_it_later(self, linked: Staged) -> None:
        async with linked() as stage:
            await stage.play("""
                -- jabber is down
                <alice> hello
                -- jabber is up
            """)


class TestIds:
    async def test_what_names_a_repeated_line_names_the_one_that_was_said(
        self, linked: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with linked() as stage:
            known_as: list[str | None] = []

            def say(*_args: object, **more: Any) -> str | None:
                known_as.append(more.get("known_as"))
                return None

            monkeypatch.setattr(stage.networks["jabber"], "say", say)
            line = stage.network.line(HOME, Kind.SAID, Actor("test", "alice"), "hello", id="t1")
            stage.network.hear(line)
            await stage.settled()
            stage.app.hub.say(HOME, "hi")
            await stage.settled()
            own = [line.id for line in ear(stage).heard if line.own]
            assert known_as == ["t1", *own]
