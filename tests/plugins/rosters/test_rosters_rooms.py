"""Rooms and teams: whose a room is, what its team should look at, what ``bot.ini`` begins with, who may."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot import loader
from bot.changes import changes_of
from bot.config import ConfigError
from bot.model import Actor, Room
from bot.plugin import OWNER, By
from bot.testing import Stage
from plugins.rosters import Member, Person, Roster, Rosters, Team
from plugins.rosters.people_changes import set_person

PLUGINS = {name: loader.installed()[name] for name in ("tracker", "rosters")}


def rosters(stage: Stage) -> Rosters:
    return stage.app.hub.plugin(Rosters)


async def briefs(stage: Stage) -> list[str]:
    return [one.text for one in await stage.app.hub.briefs(stage.room)]


async def test_a_room_s_team_hears_of_its_lead_its_volunteers_and_what_is_moved(tmp_path: Path) -> None:
    settings = "team = nova-api"
    async with Stage(tmp_path, plugins=PLUGINS, settings=settings) as stage:
        assert await briefs(stage) == []
        await stage.play("""
            <owner> !team add nova-api
            <muster> [...]
            <owner> !team set nova-api wanted a lead!
            <muster> [...]
            <bob> !volunteer nova-api
            <muster> [...]
        """)
        assert await briefs(stage) == [
            "nova-api has no lead; a coordinator names one with !lead set nova-api NICK.",
            "nova-api wants volunteers: a lead!",
            "bob has volunteered for nova-api.",
        ]
        await stage.play("""
            <owner> !lead set nova-api bob unconfirmed
            <muster> [...]
            <owner> !team set nova-api wanted none
            <muster> [...]
            <owner> !team set nova-api meets every thursday 21:00 Europe/Berlin
            <muster> [...]
            <owner> !meeting cancel nova-api 2026-12-03
            <muster> [...]
            -- 1 minute passes
            <owner> !meeting cancel nova-api 2026-12-10
            <muster> [...]
            <owner> !meeting move nova-api thursday to wednesday 18:00
            <muster> [...]
        """)
        assert await briefs(stage) == [
            "bob leads nova-api, unconfirmed; a coordinator may say !lead confirm nova-api.",
            "nova-api meets on Wed 25 November 2026 at 18:00 Europe/Berlin instead of Thu 26 November 2026.",
            "nova-api does not meet on Thu 3 December 2026.",
        ]
        await stage.clock.advance(timedelta(days=5), stage.app.hub.idle)
        assert (await briefs(stage))[1:] == [
            "nova-api does not meet on Thu 3 December 2026.",
            "nova-api does not meet on Thu 10 December 2026.",
        ]
        await stage.play("""
            <owner> !lead confirm nova-api
            <muster> [...]
        """)
        assert len(await briefs(stage)) == 2


async def test_whose_a_room_is_follows_the_teams_and_what_bot_ini_says(tmp_path: Path) -> None:
    async with Stage(tmp_path, plugins=PLUGINS) as stage:
        plugin = rosters(stage)
        other = Room("test", "#other")

        def reload(settings: str) -> None:
            top = "[bot]\nowners = test/owner\nplugins = tracker, rosters\n[network test]\ntype = console\n"
            stage.config.path.write_text(f"{top}[room stage]\n{settings}", encoding="utf-8")
            stage.app.reload()

        def whose(*rooms: Room) -> list[str]:
            teams = [team.name if (team := plugin.team_of(room)) else "" for room in rooms]
            assert plugin.teams_of(rooms) == {
                room: plugin.roster.teams[name] for room, name in zip(rooms, teams, strict=True) if name
            }
            return teams

        def where(name: str) -> list[str]:
            return [room.name for room in plugin.rooms_of(plugin.roster.teams[name])]

        assert whose(stage.room, other) == ["", ""]
        await stage.play("""
            <owner> !team add nova-api
            <muster> [...]
            <owner> !team add nova-docs
            <muster> [...]
        """)
        assert whose(stage.room, other) == ["", ""]
        assert where("nova-api") == []
        await stage.play("""
            <owner> !team set nova-docs channel test/#Other
            <muster> [...]
        """)
        assert whose(stage.room, other, Room("test", "#OTHER", private=True)) == ["", "nova-docs", ""]
        assert where("nova-docs") == ["#other"]
        await stage.play("""
            <owner> !team set nova-docs channel none
            <muster> [...]
            <owner> !team set nova-api channel test/#other
            <muster> [...]
        """)
        assert whose(other) == ["nova-api"]
        assert where("nova-docs") == []
        reload("at = test/#stage\nteam = nova-api\n")
        assert whose(stage.room, other) == ["nova-api", "nova-api"]
        assert where("nova-api") == ["#other", "#stage"]
        reload("at = test/#stage, test/#other\n")
        assert whose(stage.room, plugin.bot.room_named("test/#other") or other) == ["nova-api", "nova-api"]
        assert where("nova-api") == ["#stage"], "the two are one room now"
        reload("at = test/#stage\n")
        assert whose(stage.room, other) == ["", "nova-api"]
        await stage.play("""
            <owner> !team retire nova-api
            <muster> [...]
            <owner> !yes
            <muster> [...]
            [#other] <muster> [...]
        """)
        assert whose(stage.room, other) == ["", ""]


async def test_meetings_are_told_whose_room_it_is_and_who_is_away(tmp_path: Path) -> None:
    async with Stage(tmp_path, plugins=PLUGINS) as stage:
        await stage.play("""
            <owner> !team add nova-api Nova API
            <muster> [...]
            <owner> !team set nova-api channel #STAGE
            <muster> nova-api: channel is now test/#stage.
            <owner> !team set nova-api zone Europe/Berlin
            <muster> [...]
            <alice> !join nova-api
            <muster> [...]
            <alice> !away
            <muster> [...]
        """)
        team = stage.app.hub.team(stage.room)
        assert team is not None
        assert (team.name, team.title, team.zone) == ("nova-api", "Nova API", "Europe/Berlin")
        assert [(one.name, one.accounts, one.is_away) for one in team.members] == [
            ("alice", (("test", "alice"),), True)
        ]
        assert stage.app.hub.team_named("nova-api") == team
        assert stage.app.hub.team_named("nova-db") is None
        assert stage.app.hub.team(stage.network.private("alice")) is None
        await stage.play("""
            <owner> !team retire nova-api
            <muster> [...]
            <owner> !yes
            <muster> [...]
        """)
        assert stage.app.hub.team(stage.room) is None
        assert stage.app.hub.team_named("nova-api") is None


async def test_meetings_are_told_when_somebody_comes_and_goes_and_is_back(tmp_path: Path) -> None:
    async with Stage(tmp_path, plugins=PLUGINS, settings="team = nova-api") as stage:

        def here() -> dict[str, bool]:
            team = stage.app.hub.team(stage.room)
            assert team is not None
            return {one.name: one.is_away for one in team.members}

        await stage.play("""
            <owner> !team add nova-api
            <muster> [...]
        """)
        assert here() == {}
        await stage.play("""
            <alice> !join nova-api
            <muster> [...]
            <bob> !join nova-api
            <muster> [...]
        """)
        assert here() == {"alice": False, "bob": False}
        tomorrow = (stage.clock.now() + timedelta(days=1)).date()
        await stage.play(f"""
            <alice> !away until {tomorrow}
            <muster> [...]
        """)
        assert here() == {"alice": True, "bob": False}
        await stage.act("-- 2 days pass")
        assert here() == {"alice": False, "bob": False}
        await stage.play("""
            <bob> !leave nova-api
            <muster> [...]
        """)
        assert here() == {"alice": False}


def test_who_is_on_what_is_the_same_whoever_is_asked() -> None:
    ann, ben, cid = (Person(number, name) for number, name in enumerate(("ann", "ben", "cid"), 1))
    api = Team(1, "api", lead=ben.id, members=(Member(ann.id), Member(ben.id), Member(9)))
    docs = Team(2, "docs", members=(Member(ann.id),))
    gone = Team(3, "gone", members=(Member(ann.id),), is_retired=True)
    roster = Roster((docs, gone, api), (ann, ben, cid))
    assert [team.name for team in roster.active()] == ["api", "docs"]
    assert {one.name: [team.name for team in roster.teams_of(one)] for one in (ann, ben, cid)} == {
        "ann": ["api", "docs"],
        "ben": ["api"],
        "cid": [],
    }
    assert [roster.led_by(one) for one in (ann, ben)] == [[], [api]]
    assert roster.members(api) == [ben, ann], "the lead first, and nobody whom nobody knows"
    assert roster.members(gone) == [ann]
    before = Team(1, "api", members=(Member(cid.id),))
    assert roster.members(before) == [cid], "who was on a team is told of that team as it was"


async def test_another_lead_is_told_where_that_is_announced_but_not_in_quiet_rooms(tmp_path: Path) -> None:
    settings = """
        [room all]
        at = test/#all
        [room silent]
        at = test/#silent
        quiet = yes
        [plugin rosters]
        announce = test/#all, test/#silent, test/#nowhere
    """
    async with Stage(tmp_path, plugins=PLUGINS, settings=settings) as stage:
        await stage.play("""
            <owner> !team add nova-api
            <muster> [...]
            <alice> hello
            <owner> !lead set nova-api alice
            <muster> alice leads nova-api.
            [#all] <muster> alice leads nova-api.
            <bob> !join nova-api
            <muster> bob is on nova-api now (lead alice).
        """)


# bot.ini

SEEDS = """
    [room nova]
    at = test/#nova
    [team nova]
    title = Nova
    about = Runs virtual machines.
    lead = test/alice
    channel = test/#NOVA
    launchpad = nova
    list = nova@lists.example.org
    tags = compute, scheduler
    meets = Thursdays at 20:00 UTC
    [team glance]
    lead = bob
"""


async def test_a_team_of_bot_ini_is_made_once_and_then_is_what_people_make_of_it(tmp_path: Path) -> None:
    async with Stage(tmp_path, plugins=PLUGINS, settings=SEEDS) as stage:
        await stage.play("""
            [#nova] <alice> !team
            [#nova] <muster> nova: Nova, lead alice. 1 member: alice. https://launchpad.net/~nova
            [#nova] <muster> Runs virtual machines. Meets every thursday 20:00 UTC, next [...]
            <alice> !team set nova about All of it.
            <muster> nova: about is now All of it.
            [#nova] <muster> nova: about is now All of it.
            <bob> !team set glance about ours
            <muster> bob: That is for the lead of glance and for coordinators; you are logged in as bob.
            <owner> !team retire glance
            <muster> [...]
            <owner> !yes
            <muster> [...]
            -- muster is killed
            <bob> !teams
            <muster> nova: Nova, lead alice, 1 member
        """)
        made = await stage.app.store.read(changes_of, "team:nova")
        assert made[-1].by.actor.nick == "bot.ini"


async def test_a_team_of_bot_ini_takes_nothing_from_another(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seeds = "[team a]\nchannel = test/#x\n[team b]\nchannel = test/#X"
    async with Stage(tmp_path, plugins=PLUGINS, settings=seeds) as stage:
        assert list(rosters(stage).roster.teams) == ["a"]
    assert "[team b] of bot.ini makes no team: team b: the channel test/#x is a's here" in caplog.messages


@pytest.mark.parametrize(
    ("seed", "why"),
    [
        ("[team set]", "[team set]: 'set' is a word of a command"),
        ("[team a]\nmeets = now and then", "[team a] meets = now and then: at what time?"),
        ("[team a]\nlead = otfc/alice", "[team a] lead = otfc/alice: there is no network 'otfc'"),
        ("[team a]\nchannel = #nova", "[team a] channel = #nova: must be NETWORK/ROOM"),
        ("[team a]\nlaunchpad = No Va", "[team a] launchpad = No Va: 'No Va' is no name on Launchpad"),
        ("[plugin rosters]\ncoordinators = vishy", "[plugin rosters] coordinators = vishy: "),
        (
            "[plugin rosters]\ncoordinators = otfc/vishy",
            "[plugin rosters] coordinators = otfc/vishy: there is no",
        ),
        ("[plugin rosters]\nannounce = otfc/#x", "[plugin rosters] announce = otfc/#x: there is no network"),
    ],
)
def test_what_is_wrong_about_teams_in_bot_ini_is_named(tmp_path: Path, seed: str, why: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Stage(tmp_path, plugins=PLUGINS, settings=seed)
    assert why in str(raised.value)


# Rights


async def test_capabilities_follow_the_roster_by_account(tmp_path: Path) -> None:
    settings = "[plugin rosters]\ncoordinators = test/VISHY"
    async with Stage(tmp_path, plugins=PLUGINS, settings=settings) as stage:
        await stage.play("""
            <alice> hello
            <vishy> !team add nova-api
            <muster> [...]
            <vishy> !lead set nova-api alice unconfirmed
            <muster> [...]
            <bob> !join nova-api
            <muster> [...]
        """)
        hub = stage.app.hub

        def may(account: str | None, needs: str, network: str = "test", nick: str = "alice") -> bool:
            return hub.allows(Actor(network, nick, account), needs)

        assert may("vishy", "coordinator")
        assert may("Vishy", "lead:nova-api")
        assert not may("vishy", OWNER)
        assert not may("vishy", "roster.edit")
        assert not may("vishy", "coordinator", network="elsewhere")
        assert not may("alice", "lead:nova-api")
        assert may("ALICE", "member:nova-api")
        assert not may(None, "member:nova-api")
        assert not may("alice", "member:nova-api", network="elsewhere")
        assert may("bob", "member:nova-api")
        assert not may("bob", "member:nova-db")
        assert not may("\u212aate", "member:nova-api")
        await stage.play("""
            <vishy> !lead confirm nova-api
            <muster> [...]
        """)
        assert may("alice", "lead:nova-api")
        assert not may("alice", "lead:nova-db")
        assert not may("alice", "coordinator")
        person = rosters(stage).roster.person("bob")
        assert person is not None
        by = By(Actor("test", "owner", "owner"), None, stage.clock.now())
        await rosters(stage).change(set_person, by, person.id, {"is_coordinator": True})
        assert may("bob", "lead:nova-api")
        await stage.play("""
            <vishy> !team retire nova-api
            <muster> [...]
            <vishy> !yes
            <muster> [...]
        """)
        assert not may("alice", "lead:nova-api")
        assert not may("alice", "member:nova-api")


async def test_a_change_records_who_made_it_from_where_and_what_was_before(tmp_path: Path) -> None:
    async with Stage(tmp_path, plugins=PLUGINS) as stage:
        await stage.play("""
            <owner> !team add nova-api
            <muster> [...]
            <owner -> muster> team set nova-api about one
            <muster -> owner> [...]
            <owner> !team set nova-api about two
            <muster> [...]
        """)
        changes = await stage.app.store.read(changes_of, "team:nova-api")
        told = [
            (one.what, one.before, one.after, one.by.actor.account, one.by.room and one.by.room.private)
            for one in changes
        ]
        assert told == [
            ("about", "one", "two", "owner", False),
            ("about", "", "one", "owner", True),
            ("team", None, "nova-api", "owner", False),
        ]


async def test_the_roster_is_the_same_thing_until_something_changes(tmp_path: Path) -> None:
    async with Stage(tmp_path, plugins=PLUGINS) as stage:
        plugin = rosters(stage)
        await stage.play("""
            <owner> !team add nova-api
            <muster> [...]
            <alice> !join nova-api
            <muster> [...]
        """)
        before = plugin.roster
        await plugin.read()
        assert plugin.roster is before
        await stage.play("""
            <alice> !zone Europe/Berlin
            <muster> [...]
        """)
        assert plugin.roster is not before
        assert [one.zone for one in plugin.roster.people.values()] == ["Europe/Berlin"]


async def test_a_nick_that_is_like_somebody_s_name_is_not_taken_for_them(tmp_path: Path) -> None:
    async with Stage(tmp_path, plugins=PLUGINS) as stage:
        await stage.play("""
            <owner> !team add nova-api
            <muster> [...]
            <vishy> !join nova-api
            <muster> [...]
            -- vishy is now gone
            <mallory> hello
            -- mallory is now vishy
            <owner> !lead set nova-api vishy
            <muster> owner: vishy here is logged in as test/mallory, and is not the vishy that I know. [...]
            <owner> !lead set nova-api test/vishy
            <muster> vishy leads nova-api.
            <gone> !team set nova-api about ours
            <muster> nova-api: about is now ours.
            <vishy> !team set nova-api about mine
            <muster> vishy: That is for the lead of nova-api and for coordinators; [...] mallory.
        """)


async def test_what_somebody_works_on_comes_from_those_who_know(tmp_path: Path) -> None:
    async with Stage(tmp_path, plugins=PLUGINS) as stage:

        def work(person: Person) -> list[str]:
            return [f"bp-{number}" for number in range(7)] if person.name == "alice" else []

        rosters(stage).add_work(work)
        await stage.play("""
            <owner> !team add nova-api
            <muster> [...]
            <alice> !join nova-api
            <muster> [...]
            <alice> !who alice
            <muster> alice: on nova-api.
            <muster> alice works on bp-0, bp-1, bp-2, bp-3, bp-4 and 2 more.
        """)
        rosters(stage).remove_work(work)
        await stage.play("""
            <alice> !who alice
            <muster> alice: on nova-api.
        """)
