"""What Muster does by itself with reviews, with a Gerrit over HTTP: events, mentions, briefings, nags, being
away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.plugin import Occasion
from bot.testing import START, Stage
from plugins.reviews import Reviews
from plugins.tracker import MergeProposal
from tests.gerrit.changes import Change
from tests.gerrit.server import LOGIN_PAGE, Fault
from tests.plugins.reviews.house import DAY, PROPOSALS, WithProposals, open_house

WATCH = """
    <brian> !review watch
    <muster> Watching everything [...]. !review unwatch 1 ends it.
"""


def reviews(stage: Stage) -> Reviews:
    return stage.app.hub.plugin(Reviews)


# Events


async def test_one_event_is_told_whole_and_a_burst_in_one_line(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play(WATCH)
        gerrit.world.add(Change(1300, "Versions of the API", created=START))
        await stage.play("""
            -- 5 minutes pass
            <muster> New review 1300 (openstack/nova, by bob): Versions of the API http://127.0.0.1:[...]/c/openstack/nova/+/1300
        """)
        gerrit.world.add(Change(1301, "One", created=START))
        gerrit.world.add(Change(1302, "Two", created=START))
        gerrit.world.changes[1234].status = "MERGED"
        gerrit.world.changes[1235].status = "ABANDONED"
        gerrit.world.changes[1236].vote("brian", 2)
        gerrit.world.changes[1236].vote("tests", 1, "Verified")
        await stage.play("""
            -- 5 minutes pass
            <muster> 5 reviews in openstack/nova: new 1301 and 1302; approved 1236; merged 1234; [...]ed 1235.
            -- 1 hour passes
            <zed> !review 1234
            <muster> 1234: Quotas in the API. openstack/nova, master, by zed; merged; for nova-api [...]
        """)


async def test_each_kind_of_event_is_told_where_it_is_asked_for(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play("""
            <brian> !review watch event:all team:nova-api
            <muster> Watching team:nova-api event:new,updated,[...]. !review unwatch 1 ends it.
        """)
        quotas = gerrit.world.changes[1234]
        quotas.reviewers.append("bcwaldon")
        gerrit.world.changes[1235].status = "MERGED"  # not nova-api's
        await stage.play("""
            -- 5 minutes pass
            <muster> brian asked to review 1234 (openstack/nova, by zed): Quotas in the API [...]
        """)
        quotas.upload(START)
        await stage.play("""
            -- 5 minutes pass
            <muster> New patch set of 1234 (patch set 2) (openstack/nova, by zed): Quotas in the API [...]
        """)
        quotas.vote("bcwaldon", -2)
        await stage.play("""
            -- 5 minutes pass
            <muster> A vote against 1234 (openstack/nova, by zed): Quotas in the API [...]
        """)
        quotas.status = "ABANDONED"
        gerrit.world.changes[1237].is_wip = False
        await stage.play("""
            -- 5 minutes pass
            <muster> 2 reviews in openstack/nova: new 1237; abandoned 1234.
        """)
        quotas.status = "NEW"
        await stage.play("""
            -- 5 minutes pass
            <muster> Taken up again: 1234 (openstack/nova, by zed): Quotas in the API [...]
        """)


async def test_what_a_watch_does_not_name_is_not_told(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play("""
            <vishy> !review watch project:openstack/nova branch:stable/* event:new /volumes?/
            <muster> Watching [...]
        """)
        for number, branch, title in (
            (1, "master", "Volumes"),
            (2, "stable/diablo", "Networks"),
            (3, "stable/diablo", "A VOLUME"),
        ):
            gerrit.world.add(Change(number, title, branch=branch, created=START))
        gerrit.world.changes[1234].status = "MERGED"
        await stage.play("""
            -- 5 minutes pass
            <muster> New review 3 (openstack/nova, by bob): A VOLUME [...]
        """)


async def test_an_event_is_not_told_again_after_a_restart(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play(WATCH)
        gerrit.world.changes[1234].status = "MERGED"
        await stage.play("""
            -- 5 minutes pass
            <muster> Merged: 1234 (openstack/nova, by zed): Quotas in the API [...]
            -- muster is killed
            -- 1 hour passes
        """)


async def test_what_happened_while_muster_was_away_is_told_once_it_is_back(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play(WATCH)
        gerrit.world.changes[1234].status = "MERGED"
        await stage.kill()
        await stage.play("""
            -- 10 minutes pass
            <muster> Merged: 1234 (openstack/nova, by zed): Quotas in the API [...]
        """)


async def test_of_two_processes_on_one_database_one_looks_and_one_tells(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play(WATCH)
        other = Stage(
            tmp_path,
            plugins=stage._available,
            settings=f"team = nova-api\n[gerrit nova]\nurl = {gerrit.url}\n",
        )
        async with other:
            gerrit.world.changes[1234].status = "MERGED"
            gerrit.requests.clear()
            await asyncio.gather(stage._happen("5 minutes pass"), other._happen("5 minutes pass"))
            said = [*stage.network.said, *other.network.said]
            assert [line for line in said if "Merged" in line] == said
            assert len(said) == 1
            assert len([one for one in gerrit.requests if "status:open" in one.query["q"][0]]) == 1
            stage.network.said.clear()
            other.network.said.clear()


async def test_what_was_noted_and_not_told_when_muster_was_killed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play(WATCH)
        gerrit.world.changes[1234].status = "MERGED"

        async def silent(_self: Reviews) -> None:
            """Killed before it could say anything."""

        with monkeypatch.context() as patch:
            patch.setattr(Reviews, "tell", silent)
            await stage.play("-- 5 minutes pass")
        await stage.play("""
            -- muster is killed
            <muster> Merged: 1234 (openstack/nova, by zed): Quotas in the API [...]
            -- 10 minutes pass
        """)


async def test_what_did_not_go_out_is_told_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play(WATCH)
        gerrit.world.changes[1234].status = "MERGED"

        async def lost(_room: object) -> bool:
            stage.network.said.clear()
            return False

        with monkeypatch.context() as patch:
            patch.setattr(stage.network, "sent", lost)
            await stage.play("-- 5 minutes pass")
        await stage.play("""
            -- 5 minutes pass
            <muster> Merged: 1234 (openstack/nova, by zed): Quotas in the API [...]
            -- 10 minutes pass
        """)


async def test_what_nobody_could_tell_for_a_day_is_told_no_more(tmp_path: Path) -> None:
    async with open_house(tmp_path, poll="1 day") as (stage, gerrit):
        await stage.play(WATCH)
        gerrit.world.changes[1234].status = "MERGED"
        members = stage.network._members.pop(stage.room)
        await stage.play("-- 49 hours pass")
        stage.network._members[stage.room] = members
        stage.network.hub.entered(stage.room, (), True)
        await stage.app.hub.idle()
        await stage._check([])


async def test_a_room_that_muster_is_not_in_is_told_later(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play(WATCH)
        gerrit.world.changes[1234].status = "MERGED"
        members = stage.network._members.pop(stage.room)
        await stage.play("-- 5 minutes pass")
        stage.network._members[stage.room] = members
        stage.network.hub.entered(stage.room, (), True)
        await stage.app.hub.idle()
        await stage._check(["<muster> Merged: 1234 (openstack/nova, by zed): Quotas in the API [...]"])


async def test_a_quiet_room_is_told_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path, settings="[room quiet]\nat = test/#quiet\nquiet = yes\n") as (stage, _):
        await stage.play("""
            [#quiet] <vishy> !review watch
            [#quiet] <muster> vishy: bot.ini keeps this room quiet: nothing would be told here.
        """)


async def test_an_expression_that_would_never_end_holds_nothing_up(
    tmp_path: Path, not_for_ever: None
) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play("""
            <brian> !review watch /(a+)+$/
            <muster> Watching /(a+)+$/ [...]
        """)
        gerrit.world.add(Change(1, "a" * 250 + "!", created=START))
        gerrit.world.add(Change(2, "!" + "a" * 250, created=START))
        await stage.play("""
            -- 5 minutes pass
            <muster> New review 2 (openstack/nova, by bob): [...]
        """)


# Who has a review


async def test_what_is_merged_or_voted_on_is_nobodys_any_more(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play("""
            <anna> !review take 1234
            <muster> anna reviews 1234: [...]
            <anna> !review take 1235
            <muster> anna reviews 1235: [...]
            <anna> !review take 1236
            <muster> anna reviews 1236: [...]
        """)
        gerrit.world.changes[1234].status = "MERGED"
        gerrit.world.changes[1235].vote("anna", 1, when=START + DAY)
        await stage.play("""
            -- 5 minutes pass
            <zed> !who anna
            <muster> anna: on nova-api.
            <muster> anna works on review 1236.
        """)


async def test_a_review_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play(WATCH)
        await stage.play("""
            <anna> !review take 1234
            <muster> anna reviews 1234: [...]
        """)
        del gerrit.world.changes[1234]
        await stage.play("""
            -- 5 minutes pass
            <anna> !review 1234
            <muster> anna: I know no review 1234; did you mean [...]?
            <zed> !who anna
            <muster> anna: on nova-api.
        """)


async def test_who_has_enough_is_not_picked(tmp_path: Path) -> None:
    async with open_house(tmp_path, settings="at_once = 1\n") as (stage, _):
        await stage.play("""
            <brian> !review take 1235
            <muster> brian reviews 1235: [...]
            <vishy> !review pick 1236
            <muster> vishy: Nobody of nova-api has room for 1236: brian (has 1 reviews), anna (voted on it).
        """)


# Mentions


async def test_the_address_of_a_change_is_answered_with_one_line(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        gerrit.world.add(Change(99, "Long ago", status="MERGED"))
        url = gerrit.url
        await stage.play(f"""
            <zed> look at {url}/c/openstack/nova/+/1236/2, please
            <muster> 1236 (openstack/nova; needs review, +1): Zones know each other
            <anna> {url}/1236
            <anna> and {url}/#/c/1234/ and {url}/c/openstack/nova/+/1235 and {url}/1238 and {url}/1237
            <muster> 1234 (openstack/nova; needs review): Quotas in the API
            <muster> 1235 (openstack/nova; needs review): Detach volumes
            <muster> 1238 (openstack/nova; waits for its author, -1): Faster API
            <anna> [off] {url}/1237
            <anna> {url}/99
            <muster> 99 (openstack/nova; merged): Long ago
            <anna> {url}/98 and {url}/dashboard/self and https://elsewhere.example/1234
            -- 10 minutes pass
            <anna> {url}/1236
            <muster> 1236 (openstack/nova; needs review, +1): Zones know each other
        """)


async def test_a_review_that_was_just_shown_is_not_explained_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play(f"""
            <zed> !review 1236
            <muster> 1236: Zones know each other. [...]
            <anna> {gerrit.url}/1236
        """)


# Briefings, nags, what is related


async def briefed(stage: Stage, occasion: Occasion) -> list[str]:
    found = await reviews(stage).briefing(stage.room, occasion)
    assert {brief.place for brief in found} <= {30}
    return [brief.text for brief in found]


async def test_a_team_is_told_what_waits(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        assert await briefed(stage, Occasion.DAILY) == [
            "2 reviews wait, the longest 1234 (5 days): Quotas in the API."
        ]
        assert await briefed(stage, Occasion.MEETING) == [
            "2 reviews wait: 1236 (for zones (High), waits 1 day) and 1234 (fixes bug 8 (Low), waits 5 days)."
        ]
        assert await briefed(stage, Occasion.WEEKLY) == []  # the day's reminder says it that morning too
        gerrit.world.changes[1236].status = "MERGED"
        await stage.play("-- 5 minutes pass")
        assert await briefed(stage, Occasion.DAILY) == ["1 review waits, 1234 (5 days): Quotas in the API."]
        gerrit.world.changes[1234].status = "MERGED"
        await stage.play("-- 5 minutes pass")
        assert await briefed(stage, Occasion.DAILY) == []


async def test_who_took_a_review_is_reminded_after_a_while(tmp_path: Path) -> None:
    async with open_house(tmp_path, poll="1 day") as (stage, gerrit):
        await stage.play("""
            <anna> !review take 1234
            <muster> anna reviews 1234: [...]
        """)
        today = date(2026, 11, 23)
        assert await reviews(stage).nags(stage.room, today) == []
        await stage.play("-- 49 hours pass")
        (nag,) = await reviews(stage).nags(stage.room, today)
        assert nag.kind == "reviews"
        assert nag.text.startswith("You have had review 1234 for 2 days: Quotas in the API. http")
        assert nag.ends == "review release 1234"
        assert [one.name for one in nag.to] == ["anna"]
        assert [one.key for one in await reviews(stage).nags(stage.room, today)] == [nag.key]
        await stage.play("-- 2 days pass")
        (again,) = await reviews(stage).nags(stage.room, today)
        assert again.key != nag.key
        gerrit.world.changes[1234].vote("brian", -1, when=stage.clock.now())
        await stage.play("-- 1 day passes")
        assert await reviews(stage).nags(stage.room, today) == []  # it waits for its author now


async def test_a_bug_and_a_blueprint_know_their_reviews(tmp_path: Path) -> None:
    async with open_house(tmp_path, tracker=WithProposals) as (stage, gerrit):
        assert stage.app.hub.related("blueprint:zones") == ["review 1236 (needs review, +1)"]
        assert stage.app.hub.related("bug:8") == [
            "review 77 (needs review, +1)",
            "review 1234 (needs review)",
        ]
        assert stage.app.hub.related("bug:9") == []
        gerrit.world.changes[1236].status = "MERGED"
        await stage.play("-- 5 minutes pass")
        assert stage.app.hub.related("blueprint:zones") == ["review 1236 (merged)"]


async def test_reviews_need_no_blueprints(tmp_path: Path) -> None:
    async with open_house(tmp_path, without=("blueprints",)) as (stage, _):
        await stage.play("""
            <zed> !review 1236
            <muster> 1236: Zones know each other. [...]; for nova-api (blueprint zones). [...]
        """)


# Launchpad beside it


class Proposing(WithProposals):
    """Merge proposals that a test changes."""

    proposals: Sequence[MergeProposal] = PROPOSALS


async def test_merge_proposals_and_gerrit_stand_side_by_side(tmp_path: Path) -> None:
    Proposing.proposals = (*PROPOSALS, replace(PROPOSALS[0], name="1234", title="The same number"))
    async with open_house(tmp_path, tracker=Proposing) as (stage, _):
        await stage.play("""
            <zed> !review 77
            <muster> 77: Better logs. nova, lp:nova, by zed; needs review, +1; fixes bug 8 (Low), [...]/77
            <zed> !review 1234
            <muster> zed: '1234' may be launchpad/1234 or nova/1234; say which.
            <zed> !review launchpad/1234
            <muster> launchpad/1234: The same number. [...]
            <zed> !reviews launchpad
            <muster> 2 reviews wait on launchpad:
            <muster> 77 (needs review, +1; fixes bug 8 (Low), waits 3 days): Better logs
            <muster> launchpad/1234 (needs review, +1; fixes bug 8 (Low), waits 3 days): The same number
            <brian> !review https://code.lp.example/~zed/nova/logs/+merge/77
            <muster> 77: Better logs. [...]
            <brian> !review watch event:closed
            <muster> Watching event:closed. !review unwatch 1 ends it.
        """)
        Proposing.proposals = ()
        tracker = stage.app.hub.plugin(Proposing)
        for hear in tracker._hears_reviews:  # Launchpad says that something changed
            hear()
        await stage.app.hub.idle()
        await stage.play("""
            -- 1 minute passes
            <muster> 2 reviews in nova: closed 77 and 1234.
        """)


async def test_of_what_launchpad_was_not_asked_whole_the_votes_stay(tmp_path: Path) -> None:
    Proposing.proposals = PROPOSALS
    async with open_house(tmp_path, tracker=Proposing) as (stage, _):
        Proposing.proposals = (replace(PROPOSALS[0], votes=(), bugs=(), is_whole=False),)
        await stage.play("""
            -- 15 minutes pass
            <zed> !review 77
            <muster> 77: Better logs. nova, lp:nova, by zed; needs review, +1; fixes bug 8 (Low), [...]
        """)


async def test_a_source_that_fails_costs_the_other_nothing(tmp_path: Path) -> None:
    Proposing.proposals = PROPOSALS
    async with open_house(tmp_path, tracker=Proposing) as (stage, gerrit):
        gerrit.stop()
        Proposing.proposals = (*PROPOSALS, replace(PROPOSALS[0], name="78", title="Another"))
        await stage.play("""
            -- 16 minutes pass
            <zed> !reviews launchpad
            <muster> 2 reviews wait on launchpad:
            <muster> 77 (needs review, +1; fixes bug 8 (Low), waits 3 days): Better logs
            <muster> 78 (needs review, +1; fixes bug 8 (Low), waits 3 days): Another
            <zed> !reviews
            <muster> 2 reviews wait for nova-api (nova is away; as of 16 minutes ago):
            <muster> 1236 (needs review, +1; for zones (High), waits 1 day): Zones know each other
            <muster> 1234 (needs review; fixes bug 8 (Low), waits 5 days): Quotas in the API
        """)


# Being away


async def test_while_gerrit_is_away_look_ups_say_how_old_they_are(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "plugins.reviews")
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play(WATCH)
        gerrit.stop()
        await stage.play("""
            -- 12 minutes pass
            <zed> !review 1236
            <muster> 1236: Zones know each other. [...] (nova is away; as of 12 minutes ago)
            <zed> !review 4444
            <muster> zed: I know no review 4444. nova did not answer.
            -- muster is killed
            <zed> !review 1236
            <muster> 1236: Zones know each other. [...] (nova is away; as of 12 minutes ago)
        """)
        gerrit.world.changes[1234].status = "MERGED"
        gerrit.start()
        await stage.play("""
            -- 1 hour passes
            <muster> Merged: 1234 (openstack/nova, by zed): Quotas in the API [...]
            <zed> !review 1236
            <muster> 1236: Zones know each other. [...]/c/openstack/nova/+/1236
        """)
    assert len([one for one in caplog.records if "cannot be reached" in one.getMessage()]) == 1


@pytest.mark.parametrize(
    "fault", [Fault(401), Fault(503), Fault(200, LOGIN_PAGE, "text/html"), Fault(200, "x")]
)
async def test_an_answer_that_is_none_takes_nothing_for_over(tmp_path: Path, fault: Fault) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        await stage.play(WATCH)
        gerrit.fail(fault)
        await stage.play("""
            -- 5 minutes pass
            <zed> !reviews openstack/nova
            <muster> 3 reviews wait in openstack/nova (nova is away; as of 5 minutes ago):
            <muster> 1235 [...]
            <muster> 1236 [...]
            <muster> 1234 [...]
        """)


async def test_gerrit_is_asked_less_and_less_while_it_fails(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        gerrit.requests.clear()
        gerrit.fail(*(Fault(503) for _ in range(100)))
        await stage.play("-- 2 hours pass")
        assert 5 <= len(gerrit.requests) <= 8


async def test_gerrit_is_left_alone_as_long_as_it_asks(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        gerrit.requests.clear()
        gerrit.fail(Fault(429, retry_after="3000"))
        await stage.play("-- 54 minutes pass")
        assert len(gerrit.requests) == 1
        await stage.play("-- 2 minutes pass")
        assert len(gerrit.requests) == 2


async def test_muster_ends_at_once_while_gerrit_is_slow(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        held = gerrit.fail(Fault(slow=True))
        playing = asyncio.create_task(stage.play("-- 5 minutes pass"))
        await asyncio.to_thread(held.reached.wait)
        began = asyncio.get_running_loop().time()
        stage.app.hub.plugin(Reviews).leaving()
        await playing
        assert asyncio.get_running_loop().time() - began < 5
        held.release()


async def test_a_command_does_not_wait_for_a_look(tmp_path: Path) -> None:
    async with open_house(tmp_path) as (stage, gerrit):
        held = gerrit.fail(Fault(slow=True))
        playing = asyncio.create_task(stage.play("-- 5 minutes pass"))
        await asyncio.to_thread(held.reached.wait)
        found = await asyncio.wait_for(reviews(stage).one("1236"), 60)
        assert found.title == "Zones know each other"
        held.release()
        await playing
