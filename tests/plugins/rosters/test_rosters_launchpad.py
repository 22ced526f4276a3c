"""Who is who on Launchpad, and members in step with its teams."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.changes import changes_of
from bot.model import Actor
from bot.testing import Stage
from plugins.rosters import Rosters
from plugins.rosters.identity import is_network, is_proven
from plugins.tracker import TrackerMember
from tests.plugins.rosters.launchpad import LaunchpadTracker, There

SETTINGS = """
[room nova]
at = test/#nova
[plugin rosters]
coordinators = test/vishy
"""


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> There:
    found = There()
    monkeypatch.setattr(LaunchpadTracker, "there", found)
    return found


@pytest.fixture
async def stage(tmp_path: Path, there: There) -> AsyncIterator[Stage]:
    LaunchpadTracker.name, Rosters.name = "tracker", "rosters"
    plugins = {"tracker": LaunchpadTracker, "rosters": Rosters}
    async with Stage(tmp_path, plugins=plugins, settings=SETTINGS) as made:
        yield made


def rosters(stage: Stage) -> Rosters:
    return stage.app.hub.plugin(Rosters)


async def play(stage: Stage, script: str) -> None:
    """Play a script, in which after each thing that is said or happens the teams follow."""
    for part in re.split(r"\n(?=\s*(?:<(?!muster>)|-- ))", script):
        await stage.play(part)
        await rosters(stage).idle()


def members(stage: Stage, team: str) -> list[str]:
    roster = rosters(stage).roster
    return [str(one) for one in roster.members(roster.teams[team])]


# What proves who somebody is


@pytest.mark.parametrize(
    ("said", "is_it"),
    [
        ("irc.oftc.net", True),
        ("OFTC", True),
        ("oftc", True),
        ("oftc.net", True),
        ("ircs://irc.oftc.net:6697/#nova", True),
        ("irc4.oftc.net", True),
        ("chat.oftc.net", True),
        ("work", True),  # its name in bot.ini
        ("freenode", False),
        ("irc.freenode.net", False),
        ("evil.oftc.net", False),
        ("irc.oftc.net.evil.org", False),
        ("notoftc.net", False),
        ("net", False),
        ("irc", False),
        ("", False),
    ],
)
def test_what_launchpad_calls_a_network_is_ours_by_name_host_or_domain(said: str, is_it: bool) -> None:
    assert is_network(said, "work", "irc.oftc.net") is is_it


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "", "net", "irc.example.co.uk"])
def test_a_host_without_a_domain_of_its_own_is_matched_whole(host: str) -> None:
    assert not is_network("co", "work", host)
    assert not is_network("0", "work", host)
    assert not is_network("co.uk", "work", host)
    assert is_network(host or "work", "work", host)


def proves(account: str | None, member: TrackerMember, kind: str = "irc", nick: str = "alice") -> bool:
    return is_proven(Actor("oftc", nick, account), member, kind, "irc.oftc.net")


def test_an_account_that_is_listed_on_its_network_proves_who_somebody_is() -> None:
    member = TrackerMember("al", irc=(("irc.libera.chat", "carol"), ("OFTC", "Alice[1]")))
    assert proves("alice[1]", member)
    assert not proves("alice{1}", member)
    assert not proves("carol", member)
    assert not proves("al", member)


def test_a_nick_proves_nothing() -> None:
    member = TrackerMember("al", irc=(("oftc", "alice"),))
    assert not proves(None, member)
    assert not proves("mallory", member)


def test_a_jabber_id_proves_it_on_xmpp_and_there_alone() -> None:
    member = TrackerMember("al", irc=(("oftc", "bob@example.org"),), jabber=("Alice@example.org/home",))
    assert proves("alice@example.org", member, "xmpp")
    assert not proves("bob@example.org", member, "xmpp")
    assert not proves("alice@example.org", member)
    # U+212A looks like a K to the eye and to a careless folding.
    assert not proves("\u212aate", TrackerMember("k", irc=(("oftc", "kate"),)))


# Linking


async def test_somebody_links_themselves_by_what_launchpad_lists(stage: Stage, there: There) -> None:
    there.add("al", irc="test/alice", zone="Europe/Berlin")
    there.add("vishvananda", irc="test/vishy")
    await stage.play("""
        <eve?> !link launchpad al
        <muster> eve: I know people by their accounts, [...]
        <mallory> !link launchpad al
        <muster> mallory: ~al on Launchpad does not list your account mallory on test: [...]
        <alice> !link launchpad nobody
        <muster> alice: Launchpad knows nobody called ~nobody.
        <alice> !link launchpad No/Body
        <muster> alice: 'No/Body' is no name on Launchpad: small letters, digits and +.- only.
        <alice> !link launchpad ~al
        <muster> alice is ~al on Launchpad.
        <alice> !link launchpad al
        <muster> alice: You are ~al on Launchpad already.
        <alice> !whoami
        <muster> You are test/alice. alice (~al on Launchpad): on no team. There it is Sun 21:00 [...]
        <mallory> !who ~al
        <muster> alice (~al on Launchpad): on no team. [...]
        -- muster is killed
        <alice> !who alice
        <muster> alice (~al on Launchpad): on no team. [...]
    """)
    there.is_away = True
    await stage.play("""
        <vishy> !link launchpad vishvananda
        <muster> vishy: Launchpad cannot be asked now: Launchpad does not answer.
    """)


async def test_a_nick_like_a_listed_one_takes_nobody_s_place(stage: Stage, there: There) -> None:
    there.add("al", irc="test/alice")
    await stage.play("""
        <mallory> hello
        -- mallory is now alice
        <alice> !link launchpad al
        <muster> alice: ~al on Launchpad does not list your account mallory [...]
    """)


async def test_nobody_takes_over_a_record_that_has_an_owner(stage: Stage, there: There) -> None:
    there.add("al", irc="test/alice")
    there.add("other", irc="test/bob")
    await stage.play("""
        <alice> !link launchpad al
        <muster> alice is ~al on Launchpad.
    """)
    there.add("al", irc="test/mallory")  # an old nick, which another has registered since
    await stage.play("""
        <mallory> !link launchpad al
        <muster> mallory: alice is somebody with the account test/alice: if that is you too, [...]
        <bob> !link launchpad other
        <muster> bob is ~other on Launchpad.
        <vishy> !link confirm bob alice
        <muster> vishy: bob is ~other on Launchpad and alice is ~al: they are two people.
    """)
    there.add("other", irc="test/alice")
    await stage.play("""
        <alice> !link launchpad other
        <muster> alice: alice is ~al on Launchpad and bob is ~other: they are two people.
        <vishy> !link confirm alice ~third
        <muster> vishy: I know nobody called '~third'; nobody is called like that.
    """)


async def test_who_proves_to_be_somebody_from_launchpad_is_what_they_were(stage: Stage, there: There) -> None:
    there.add("renuka-lp", irc="test/renuka")
    there.teams["openstack-volume"] = {"renuka-lp"}
    await play(
        stage,
        """
        <vishy> !team add openstack-volume
        <muster> The team openstack-volume is there. [...]
        <vishy> !team set openstack-volume launchpad openstack-volume
        <muster> openstack-volume: launchpad is now openstack-volume.
        <vishy> !lead set openstack-volume ~renuka-lp
        <muster> renuka-lp leads openstack-volume.
        <renuka> !team set openstack-volume about ours
        <muster> renuka: That is for the lead of openstack-volume and for coordinators; [...]
        <renuka> !volunteer openstack-volume
        <muster> renuka volunteers for openstack-volume; renuka-lp, its lead, [...]
        <renuka> !link launchpad renuka-lp
        <muster> renuka-lp is ~renuka-lp on Launchpad.
        <renuka> !team set openstack-volume about ours
        <muster> openstack-volume: about is now ours.
        <renuka> !team
        <muster> renuka: Which team? !teams lists them.
    """,
    )
    assert [one.name for one in rosters(stage).roster.people.values()] == ["renuka-lp"]


async def test_who_is_called_like_their_id_there_is_called_so_still(stage: Stage, there: There) -> None:
    there.add("renuka", irc="test/renuka")
    there.teams["openstack-volume"] = {"renuka"}
    await stage.play("""
        <renuka> !volunteer nothing
        <muster> renuka: There is no team 'nothing'; !teams lists them.
        <renuka> !away
        <muster> renuka is away. !back ends that.
        <vishy> !team add openstack-volume
        <muster> The team openstack-volume is there. [...]
        <vishy> !team set openstack-volume launchpad openstack-volume
        <muster> openstack-volume: launchpad is now openstack-volume.
    """)
    await rosters(stage).idle()
    await stage.play("""
        <vishy> !lead set openstack-volume ~renuka
        <muster> renuka-2 leads openstack-volume.
        <renuka> !link launchpad renuka
        <muster> renuka is ~renuka on Launchpad.
        <renuka> !lead openstack-volume
        <muster> renuka leads openstack-volume, away.
        <vishy> !who renuka-2
        <muster> renuka (~renuka on Launchpad): leads openstack-volume; away.
    """)


async def test_a_coordinator_says_who_somebody_is_on_launchpad(stage: Stage, there: There) -> None:
    there.add("al")
    await play(
        stage,
        """
        <alice> !join nova
        <muster> alice: There is no team 'nova'; !teams lists them.
        <alice> !link confirm alice al
        <muster> alice: That is for coordinators; you are logged in as alice.
        <vishy> !link confirm alice al
        <muster> test/alice is alice, ~al on Launchpad.
    """,
    )


@pytest.mark.parametrize("id_", ["~chief", "~~chief", "~Chief", "chief", "CHIEF"])
async def test_however_an_id_is_written_only_an_owner_makes_an_account_a_coordinator_s(
    stage: Stage, there: There, id_: str
) -> None:
    there.add("chief")
    await stage.play(f"""
        <alice> hello
        <mallory> hello
        <owner> !link confirm alice ~chief
        <muster> test/alice is alice, ~chief on Launchpad.
        <owner> !coordinator add alice
        <muster> alice coordinates.
        <vishy> !link confirm mallory {id_}
        <muster> vishy: alice is a coordinator: only an owner may say who that is.
    """)


# Members


TEAM = """
    <vishy> !team add nova-api
    <muster> The team nova-api is there. [...]
    <vishy> !team set nova-api launchpad nova-api
    <muster> nova-api: launchpad is now nova-api.
"""


async def test_members_there_are_members_here_and_no_more_when_they_are_not(
    stage: Stage, there: There
) -> None:
    there.add("bcwaldon", zone="Asia/Kolkata")
    there.add("comstud")
    there.teams["nova-api"] = {"bcwaldon", "comstud"}
    await play(
        stage,
        f"""
        <alice> hello
        {TEAM}
        <alice> !team nova-api
        <muster> nova-api: nova-api, no lead. 2 members: bcwaldon, comstud. https://launchpad.net/~nova-api
        <vishy> !lead set nova-api comstud
        <muster> comstud leads nova-api.
    """,
    )
    there.teams["nova-api"] = {"bcwaldon"}
    rosters(stage).begin_following()
    await rosters(stage).idle()
    assert members(stage, "nova-api") == ["comstud", "bcwaldon"]
    there.teams["nova-api"] = set()
    rosters(stage).begin_following()
    await rosters(stage).idle()
    assert members(stage, "nova-api") == ["comstud"]
    changes = await stage.app.store.read(changes_of, "team:nova-api")
    last = changes[0]
    assert (last.what, last.before, last.after, last.by.actor.nick) == (
        "member",
        "bcwaldon",
        None,
        "Launchpad",
    )


async def test_who_joins_and_leaves_here_does_so_there(stage: Stage, there: There) -> None:
    there.add("al", irc="test/alice")
    there.teams["nova-api"] = set()
    await play(
        stage,
        f"""
        {TEAM}
        <alice> !join nova-api
        <muster> alice is on nova-api now (no lead).
        <muster> Launchpad does not hear of it, as I do not know who you are there: [...]
        <alice> !link launchpad al
        <muster> alice is ~al on Launchpad.
    """,
    )
    assert there.teams["nova-api"] == {"al"}
    rosters(stage).begin_following()
    await rosters(stage).idle()
    await play(
        stage,
        """
        <alice> !leave nova-api
        <muster> alice has left nova-api.
    """,
    )
    assert there.teams["nova-api"] == set()
    rosters(stage).begin_following()
    await rosters(stage).idle()
    assert members(stage, "nova-api") == []
    await play(
        stage,
        """
        <alice> !join nova-api
        <muster> alice is on nova-api now (no lead).
    """,
    )
    assert there.teams["nova-api"] == {"al"}


async def test_what_launchpad_does_not_do_is_said(stage: Stage, there: There) -> None:
    there.add("al", irc="test/alice")
    there.teams["nova-api"] = {"al"}
    there.refuses = "it is restricted"
    await play(
        stage,
        f"""
        {TEAM}
        <alice> !link launchpad al
        <muster> al is ~al on Launchpad.
        <alice> !leave nova-api
        <muster> al has left nova-api.
        <muster> ~nova-api in Launchpad does not follow: it is restricted.
    """,
    )
    rosters(stage).begin_following()
    await rosters(stage).idle()
    assert members(stage, "nova-api") == []  # whatever is listed there: they left
    there.may_edit = False
    await play(
        stage,
        """
        <alice> !join nova-api
        <muster> al is on nova-api now (no lead).
        <muster> I may not change who is on ~nova-api in Launchpad. Join there too: https://launchpad.net/~nova-api
    """,
    )


async def test_what_is_done_while_launchpad_is_away_is_told_when_it_is_back(
    stage: Stage, there: There
) -> None:
    there.add("al", irc="test/alice")
    there.teams["nova-api"] = set()
    await play(
        stage,
        f"""
        {TEAM}
        <alice> !link launchpad al
        <muster> alice is ~al on Launchpad.
    """,
    )
    there.is_away = True
    await play(
        stage,
        """
        <alice> !join nova-api
        <muster> alice is on nova-api now (no lead).
        <muster> Launchpad is away; ~nova-api there follows when it is back.
        -- muster is killed
        -- 20 minutes pass
    """,
    )
    there.is_away = False
    await play(stage, "-- 20 minutes pass")
    assert there.teams["nova-api"] == {"al"}


async def test_another_team_there_is_another_list(stage: Stage, there: There) -> None:
    for one in ("a", "b"):
        there.add(one)
    there.teams |= {"nova-api": {"a"}, "nova-core": {"b"}}
    there.may_edit = False
    await play(
        stage,
        f"""
        {TEAM}
        <vishy> !team set nova-api launchpad nova-core
        <muster> nova-api: launchpad is now nova-core.
    """,
    )
    # Whoever the old team listed stays, since nobody said that they left.
    assert members(stage, "nova-api") == ["a", "b"]
    await play(
        stage,
        """
        <vishy> !team set nova-api launchpad nova-nothing
        <muster> nova-api: launchpad is now nova-nothing.
    """,
    )
    assert members(stage, "nova-api") == ["a", "b"]


async def test_however_many_join_while_launchpad_is_away_it_is_asked_again_once(
    stage: Stage, there: There
) -> None:
    for nick in ("alice", "bob", "carol"):
        there.add(f"{nick}-lp", irc=f"test/{nick}")
    there.teams["nova-api"] = set()
    await play(stage, TEAM)
    for nick in ("alice", "bob", "carol"):
        await play(stage, f"<{nick}> !link launchpad {nick}-lp\n<muster> {nick} is ~{nick}-lp on Launchpad.")
    there.is_away = True
    for nick in ("alice", "bob", "carol"):
        await play(
            stage,
            f"""
            <{nick}> !join nova-api
            <muster> {nick} is on nova-api now (no lead).
            <muster> Launchpad is away; ~nova-api there follows when it is back.
            """,
        )
    await play(stage, "-- 2 minutes pass")  # the day's look has its turn
    there.asked.clear()
    await play(stage, "-- 16 minutes pass")
    assert there.asked == ["members nova-api"]
    await play(stage, "-- 16 minutes pass")
    assert there.asked == ["members nova-api"] * 2
    there.is_away = False
    await play(stage, "-- 20 minutes pass")
    assert there.teams["nova-api"] == {"alice-lp", "bob-lp", "carol-lp"}
    assert there.asked.count("members nova-api") == 3


async def test_muster_s_end_does_not_wait_until_all_teams_follow(
    stage: Stage, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    await play(stage, TEAM)
    asked = asyncio.Event()

    async def never(team: str) -> None:
        asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(rosters(stage).tracker, "members", never)
    rosters(stage).begin_following()
    await asked.wait()
    await stage.app.stop()
    assert not stage.app.failed
