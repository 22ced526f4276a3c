"""Turns begin, are told, kept and asked about."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.plugin import Occasion, changes_of
from bot.testing import StageNetwork
from plugins.duty.tables import CoverRow, OfferRow, TurnRow
from tests.plugins.duty.crew import SUNDAY, crew, down, duty, names, person, team


class TestTelling:
    async def test_what_began_while_muster_was_away_is_told_late_and_says_so(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily") as stage:
            await down(stage, 24 + 18)
            late = "since Tue 24 November 2026 09:00 UTC (I tell it late: I was away)"
            await stage.play(f"[#nova] <muster> nova-api: carol is on duty today, {late} (after bob).")
            await stage.play(
                "-- 19 hours pass\n[#nova] <muster> nova-api: anna is on duty today (after carol)."
            )

    async def test_what_is_not_true_any_more_is_not_told(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily mon-fri") as stage:
            await down(stage, 5 * 24 + 14)  # Saturday at ten: Friday's turn is over
            await stage.play("[#nova] <bob> quiet")
            await stage.play("-- 2 days pass\n[#nova] <muster> nova-api: carol is on duty today (after bob).")

    async def test_who_still_is_on_duty_is_not_told_again(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "") as stage:
            await stage.play(
                """
                [#nova] <anna> !duty set nova-api daily bob
                [#nova] <muster> nova-api: turns go round daily 09:00, bob; bob is on duty today, [...]
                -- 5 days pass
                [#nova] <anna> !duty
                [#nova] <muster> nova-api: bob is on duty today, [...]
                """
            )

    async def test_a_killed_muster_tells_it_once(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily") as stage:
            await stage.play(
                "-- 13 hours pass\n[#nova] <muster> nova-api: bob is on duty today (after anna)."
            )
            await stage.kill()
            await stage.play("-- 1 hour passes\n[#nova] <bob> quiet")

    async def test_a_room_that_muster_comes_into_later_hears_it_then(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily") as stage:
            nova = stage.network.room("#nova")
            members = stage.network._members.pop(nova)
            await stage.play("-- 13 hours pass")
            stage.network._members[nova] = members
            stage.network.hub.entered(nova, (), True)
            await stage.app.hub.idle()
            await stage.play(
                "-- 1 second passes\n[#nova] <muster> nova-api: bob is on duty today (after anna)."
            )
            stage.network.hub.entered(nova, (), True)
            await stage.play("-- 1 minute passes\n[#nova] <bob> once is enough")

    async def test_what_did_not_go_out_is_told_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def lost(_self: StageNetwork, _room: object) -> bool:
            return False

        async with crew(tmp_path, "daily") as stage:
            with monkeypatch.context() as patch:
                patch.setattr(StageNetwork, "sent", lost)
                await stage.play(
                    "-- 13 hours pass\n[#nova] <muster> nova-api: bob is on duty today (after anna)."
                )
            stage.network.hub.entered(stage.network.room("#nova"), (), True)
            await stage.app.hub.idle()
            await stage.play(
                "-- 1 second passes\n[#nova] <muster> nova-api: bob is on duty today (after anna)."
            )

    async def test_a_quiet_room_hears_nothing(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "", settings="quiet = yes") as stage:
            await stage.play(
                """
                [#nova] <anna> !duty set nova-api daily anna bob
                [#nova] <muster> nova-api: turns go round daily 09:00, anna, bob; [...]
                -- 3 days pass
                [#nova] <anna> !duty
                [#nova] <muster> nova-api: bob is on duty today, [...]
                """
            )

    async def test_who_is_on_duty_is_called_by_the_nick_that_they_have_there(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily") as stage:
            stage.network.rename(stage.network.room("#nova"), "bob", "bob_lunch")
            await stage.play(
                "-- 13 hours pass\n[#nova] <muster> nova-api: bob_lunch is on duty today (after anna)."
            )

    async def test_many_teams_at_once_are_told_each_in_its_room(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily", settings="[room db]\nat = test/#db\nteam = nova-db\n") as stage:
            await stage.play(
                """
                [#nova] <owner> !team add nova-db
                [#nova] <muster> The team nova-db is there. [...]
                [#nova] <bob> !join nova-db
                [#nova] <muster> bob is on nova-db now (no lead).
                [#nova] <carol> !join nova-db
                [#nova] <muster> carol is on nova-db now (no lead).
                [#db] <owner> !duty set nova-db daily carol bob
                [#db] <muster> nova-db: turns go round daily 09:00, carol, bob; [...]
                -- 13 hours pass
                [#nova] <muster> nova-api: bob is on duty today (after anna).
                [#db] <muster> nova-db: bob is on duty today (after carol).
                """
            )

    async def test_a_retired_team_hears_nothing(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily") as stage:
            await stage.play(
                """
                [#nova] <owner> !team retire nova-api
                [#nova] <muster> nova-api has 3 members [...]
                [#nova] <owner> !yes
                [#nova] <muster> The team nova-api is retired.
                -- 3 days pass
                """
            )


class TestWhoIs:
    async def test_what_has_begun_is_whose_it_was_whoever_is_away_later(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily") as stage:
            await stage.play(
                "-- 3 days pass\n" + _told("bob", "anna") + _told("carol", "bob") + _told("anna", "carol")
            )
            days = [SUNDAY + timedelta(days=day, hours=1) for day in range(4)]
            before = names([duty(stage).on_duty(team(stage), day) for day in days])
            assert before == ["anna", "bob", "carol", "anna"]
            await stage.play("[#nova] <bob> !away\n[#nova] <muster> bob is away. !back ends that.")
            await stage.play("-- 1 day passes\n" + _told("carol", "anna"))
            assert names([duty(stage).on_duty(team(stage), day) for day in days]) == before
            await stage.kill()
            assert names([duty(stage).on_duty(team(stage), day) for day in days]) == before

    async def test_it_is_told_of_times_to_come_as_things_stand(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily mon-fri") as stage:
            found = [duty(stage).on_duty(team(stage), SUNDAY + timedelta(days=day)) for day in range(8)]
            assert names(found) == ["nobody", "anna", "bob", "carol", "anna", "bob", "nobody", "nobody"]
            assert duty(stage).on_duty(team(stage)) is None
            assert duty(stage).on_duty(team(stage), SUNDAY - timedelta(days=1)) is None

    async def test_a_team_without_a_rotation_has_nobody(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "") as stage:
            assert duty(stage).on_duty(team(stage)) is None
            assert await stage.app.hub.briefs(stage.network.room("#nova"), Occasion.DAILY) == []
            assert await stage.app.hub.nags(stage.network.room("#nova"), date(2026, 11, 23)) == []

    async def test_who_leaves_the_team_is_left_out_and_the_lead_stands_in_for_the_rest_of_the_turn(
        self, tmp_path: Path
    ) -> None:
        async with crew(tmp_path, "daily") as stage:
            await stage.play("-- 1 day passes\n" + _told("bob", "anna"))
            await stage.play("[#nova] <bob> !leave nova-api\n[#nova] <muster> bob has left nova-api.")
            assert names([duty(stage).on_duty(team(stage))]) == ["anna"]
            await stage.play(
                """
                -- 1 day passes
                [#nova] <muster> nova-api: carol is on duty today (after bob).
                -- 1 day passes
                [#nova] <muster> nova-api: anna is on duty today (after carol).
                -- 1 day passes
                [#nova] <muster> nova-api: carol is on duty today (after anna).
                """
            )

    async def test_two_records_that_prove_to_be_one_person_have_one_place(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily") as stage:
            await stage.play(
                """
                [#nova] <bobby> !join nova-api
                [#nova] <muster> bobby is on nova-api now (lead anna).
                [#nova] <owner> !duty set nova-api daily anna bob bobby carol
                [#nova] <muster> nova-api: turns go round daily 09:00, anna, bob, bobby, carol; [...]
                [#nova] <owner> !link confirm bobby bob
                [#nova] <muster> [...]
                """
            )
            await stage.app.hub.idle()
            evening = SUNDAY + timedelta(hours=1)
            asked = [duty(stage).on_duty(team(stage), evening + timedelta(days=day)) for day in range(5)]
            stage.network.said.clear()
            one = person(stage, "bobby")
            assert names(asked) == ["anna", str(one), "carol", "anna", str(one)]

    async def test_turns_keep_their_hour_when_clocks_change(self, tmp_path: Path) -> None:
        start = datetime(2027, 3, 26, 12, 0, tzinfo=UTC)  # on the 28th clocks go forward
        async with crew(tmp_path, "", start=start) as stage:
            await stage.play(
                """
                <owner> !team set nova-api zone Europe/Berlin
                <muster> nova-api: zone is now Europe/Berlin.
                [#nova] <muster> nova-api: zone is now Europe/Berlin.
                [#nova] <anna> !duty set nova-api daily 9:00 anna bob carol
                [#nova] <muster> [...], until Sat 27 March 2027 09:00 Europe/Berlin; then bob.
                -- 19 hours pass
                -- 58 minutes pass
                [#nova] <bob> not yet nine
                -- 1 minute passes
                [#nova] <muster> nova-api: bob is on duty today (after anna).
                -- 23 hours pass
                [#nova] <muster> nova-api: carol is on duty today (after bob).
                -- 23 hours pass
                [#nova] <bob> not yet nine
                -- 1 hour passes
                [#nova] <muster> nova-api: anna is on duty today (after carol).
                """
            )


class TestForOthers:
    async def test_the_daily_reminder_has_who_is_on_duty(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily mon-fri") as stage:
            nova = stage.network.room("#nova")
            assert await stage.app.hub.briefs(nova, Occasion.DAILY) == []  # it is Sunday
            await stage.play("-- 1 day passes\n[#nova] <muster> nova-api: anna is on duty today.")
            (brief,) = await stage.app.hub.briefs(nova, Occasion.DAILY)
            assert (brief.text, brief.place) == ("On duty: anna.", 10)
            assert await stage.app.hub.briefs(nova, Occasion.WEEKLY) == []
            await stage.play("[#nova] <anna> !away\n[#nova] <muster> anna is away. !back ends that.")
            (brief,) = await stage.app.hub.briefs(nova, Occasion.DAILY)
            assert brief.text == "On duty: nobody."

    async def test_whose_turn_begins_tomorrow_is_reminded_of_it(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily") as stage:
            nova = stage.network.room("#nova")
            (nag,) = await stage.app.hub.nags(nova, date(2026, 11, 23))
            assert nag.kind == "duty"
            assert nag.key == "duty:nova-api/2026-11-24"
            assert nag.text == "You are on duty for nova-api from Tue 24 November 2026 09:00 UTC on."
            assert nag.ends == "duty swap nova-api 2026-11-24 NICK"
            assert [one.name for one in nag.to] == ["carol"]
            assert nag.to[0].accounts == (("test", "carol"),)

    @pytest.mark.parametrize(
        ("how", "day", "told"),
        [
            ("weekly", date(2026, 11, 20), ["2026-11-23"]),  # Friday tells of Monday
            ("weekly", date(2026, 11, 22), ["2026-11-23"]),
            ("weekly", date(2026, 11, 23), []),
            ("weekly", date(2026, 11, 26), []),
            ("daily mon-fri", date(2026, 11, 26), ["2026-11-27"]),
            ("daily mon-fri", date(2026, 11, 27), ["2026-11-30"]),
            ("daily", date(2026, 11, 27), ["2026-11-28", "2026-11-29", "2026-11-30"]),
        ],
    )
    async def test_nobody_works_on_weekends(
        self, tmp_path: Path, how: str, day: date, told: list[str]
    ) -> None:
        async with crew(tmp_path, how) as stage:
            nags = await stage.app.hub.nags(stage.network.room("#nova"), day)
            assert [nag.key.partition("/")[2] for nag in nags] == told

    async def test_who_is_on_duty_and_stays_so_is_not_reminded(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "") as stage:
            await stage.play(
                """
                [#nova] <anna> !duty set nova-api daily bob
                [#nova] <muster> [...]
                """
            )
            assert await stage.app.hub.nags(stage.network.room("#nova"), date(2026, 11, 23)) == []


class TestRecord:
    async def test_who_changed_what_is_recorded(self, tmp_path: Path) -> None:
        async with crew(tmp_path) as stage:
            await stage.play(
                """
                [#nova] <anna> !duty swap 2026-11-23 carol
                [#nova] <muster> nova-api: carol has the turn of [...]
                [#nova] <anna> !duty stop nova-api
                [#nova] <muster> nova-api has no duty rotation any more; [...]
                """
            )
            found = await stage.app.store.read(changes_of, "team:nova-api", 3)
            assert [(one.what, one.before, one.after, one.by.actor.account) for one in found] == [
                ("duty", "weekly monday 09:00 anna, bob, carol", None, "anna"),
                ("duty on 2026-11-23", "bob", "carol", "anna"),
                ("duty", None, "weekly monday 09:00 anna, bob, carol", "anna"),
            ]

    async def test_a_rotation_that_ended_leaves_its_turns_and_nothing_else(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily") as stage:
            await stage.play(
                """
                -- 1 day passes
                [#nova] <muster> nova-api: bob is on duty today (after anna).
                [#nova] <carol> !duty swap 2026-11-24 bob
                [#nova] <muster> bob: carol asks you to take [...]
                [#nova] <anna> !duty swap 2026-11-25 bob
                [#nova] <muster> nova-api: bob has the turn of Wed 25 November 2026 instead of anna[...]
                [#nova] <anna> !duty stop nova-api
                [#nova] <muster> nova-api has no duty rotation any more; [...]
                """
            )
            ends = await stage.app.store.read(
                lambda session: list(session.scalars(select(TurnRow.ends).order_by(TurnRow.begins)))
            )
            assert ends[-1] == stage.clock.now()
            left = await stage.app.store.read(
                lambda session: [*session.scalars(select(CoverRow)), *session.scalars(select(OfferRow))]
            )
            assert left == []


class TestSeveralProcesses:
    async def test_two_that_settle_at_once_store_each_turn_once(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "daily") as stage:
            plugin, nova_api = duty(stage), team(stage)
            later = stage.clock.now() + timedelta(days=10)
            await asyncio.gather(
                *(plugin.change_of([nova_api], plugin.locked, nova_api, later) for _ in range(5))
            )
            days = await stage.app.store.read(
                lambda session: list(session.scalars(select(TurnRow.day).order_by(TurnRow.begins)))
            )
            assert len(days) == len(set(days)) == 11


def _told(who: str, after: str) -> str:
    return f"[#nova] <muster> nova-api: {who} is on duty today (after {after}).\n"
