"""Rooms that are one in several places: what is said in one is heard in the others, and counts once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

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
            waits = [hub.spawn(_noting(hub.sent(HOME), gone := []), "waits")]
            assert waits
            await stage.play("<muster> hello")
            assert gone == []
            await stage.play("-- [jabber] the wire is free\n[jabber/nova@c] <muster> hello")
            assert gone == [True]
            await stage.play("-- jabber is down")
            hub.say(HOME, "again")
            await stage.play("<muster> again")
            assert await hub.sent(HOME)


async def _noting(waits, gone) -> None:
    gone.append(await waits)
