"""Who is reminded of which actions, when, and what a day's and a week's briefs say of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.loader import installed
from bot.model import Actor, Room
from bot.plugin import Held, Occasion, Plugin, RoomTeam, TeamMember
from bot.testing import Stage
from plugins.meetings.minutes import ActionState
from plugins.meetings.nagging import daily, nags, weekly
from plugins.meetings.tables import Task
from tests.plugins.meetings.scenes import ENDED, STARTED, say_in

NOVA = Room("oftc", "#nova")
TUESDAY = date(2026, 11, 24)
DAY = timedelta(days=1)
BOB = TeamMember("bob", (("oftc", "robert"),))
CAROL = TeamMember("carol", (("libera", "carol"), ("oftc", "carol_")), is_away=True)


def task(owners: str = "bob", due: date | None = TUESDAY, **more: Any) -> Task:
    values: dict[str, Any] = {"number": 12, "text": "write the spec", "restricted": False, **more}
    return Task(
        key="k", owners=tuple(owners.split()), due=due, state=ActionState.OPEN, meeting="m", name="nova",
        room=NOVA, **values,
    )  # fmt: skip


def told(task: Task, day: date, *here: Actor, in_room: bool = True) -> list[tuple[str, str, list[str]]]:
    return [
        (nag.key, nag.text, [one.name for one in nag.to])
        for nag in nags([task], day, [BOB, CAROL], here, in_room=in_room)
    ]


def test_an_action_is_told_before_on_and_after_its_day_each_under_a_key_of_its_own() -> None:
    def steps(day: date) -> list[str]:
        return [key.rpartition("/")[2] for key, _, _ in told(task(), day)]

    assert [steps(TUESDAY + n * DAY) for n in (-2, -1, 0, 1, 6, 7, 13, 14)] == [
        [],
        ["soon"],
        ["due"],
        ["due"],
        ["due"],
        ["late-1"],
        ["late-1"],
        ["late-2"],
    ]
    assert told(task(), TUESDAY) == [
        ("action:12/2026-11-24/due", "action 12 is due today: write the spec", ["bob"])
    ]
    assert [text for _, text, _ in told(task(), TUESDAY - DAY)] == [
        "action 12 is due tomorrow: write the spec"
    ]
    assert [text for _, text, _ in told(task(), TUESDAY + 9 * DAY)] == [
        "action 12 was due on 2026-11-24: write the spec"
    ]
    (nag,) = nags([task()], TUESDAY, [BOB], (), in_room=True)
    assert (nag.kind, nag.ends) == ("actions", "action 12 done")


def test_what_is_due_at_a_weekend_is_told_on_the_friday() -> None:
    friday = date(2026, 11, 27)
    for late in (1, 2, 3):
        ((key, words, _),) = told(task(due=friday + late * DAY), friday)
        assert key.endswith("/soon")
        assert ("tomorrow" in words) == (late == 1)
    assert told(task(due=friday + 4 * DAY), friday) == []


def test_one_without_a_date_and_one_that_an_older_muster_spoke_of_are_not_told() -> None:
    assert told(task(due=None), TUESDAY) == []
    old = task(reminded=True)
    assert [told(old, TUESDAY + n * DAY) for n in (-1, 0, 3)] == [[], [], []]
    assert [key for key, _, _ in told(old, TUESDAY + 7 * DAY)] == ["action:12/2026-11-24/late-1"]


def test_owners_are_those_of_that_name_on_the_team_or_here_and_the_rest_are_named_in_the_room() -> None:
    here = (Actor("oftc", "dave_", "dave"), Actor("oftc", "eve"), Actor("oftc", "bobby", "robert"))
    what = "action 12 is due today: write the spec"
    key = "action:12/2026-11-24/due"
    assert told(task("robert carol_ dave zed eve"), TUESDAY, *here) == [
        (key, what, ["bob", "carol", "dave_"]),
        (f"{key}/room", f"zed, eve: {what}", []),
    ]
    assert told(task("BOBBY bob"), TUESDAY, *here) == [(key, what, ["bob"])]
    assert told(task(""), TUESDAY) == [(f"{key}/room", f"UNASSIGNED: {what}", [])]
    assert told(task("bob zed"), TUESDAY, in_room=False) == [(key, what, ["bob"])]


def test_a_restricted_action_is_told_to_its_owners_accounts_and_never_in_a_room() -> None:
    secret = task("robert bob carol zed", restricted=True)
    (nag,) = nags([secret], TUESDAY, [BOB, CAROL], (Actor("oftc", "zed", "mallory"),), in_room=True)
    # bob and carol are names on the team here, and no accounts on this network: whoever has them is told.
    assert nag.to == (
        BOB,
        TeamMember("bob", (("oftc", "bob"),)),
        TeamMember("carol", (("oftc", "carol"),)),
        TeamMember("zed", (("oftc", "zed"),)),
    )
    assert nags([task("", restricted=True)], TUESDAY, [BOB], (), in_room=True) == []
    assert daily([secret], TUESDAY) == []
    assert weekly((), 0, [secret], TUESDAY) == []


@given(st.dates(date(2026, 1, 1), date(2026, 12, 1)), st.integers(0, 60))
def test_each_action_is_told_a_bounded_number_of_times(due: date, late: int) -> None:
    days = (due - 4 * DAY + n * DAY for n in range(4 + late + 1))
    keys = {key for day in days if day.weekday() < 5 for key, _, _ in told(task(due=due), day)}
    assert len(keys) <= 2 + late // 7
    assert not late or keys


def test_a_day_s_line_names_three_and_counts_the_rest() -> None:
    assert daily([task(due=TUESDAY + DAY), task(due=None)], TUESDAY) == []
    (brief,) = daily([task()], TUESDAY)
    assert (brief.text, brief.place) == ("1 action due: #12 bob: write the spec (today)", 40)
    tasks = [task("", TUESDAY - n * DAY, number=n) for n in range(1, 6)]
    (brief,) = daily([*tasks, task("bob carol")], TUESDAY)
    assert brief.text == (
        "6 actions due: #5 write the spec (5 days late); #4 write the spec (4 days late); #3 write the spec "
        "(3 days late) and 3 more"
    )
    long = task("someone " * 30, text="x" * 300)
    assert len(daily([long], TUESDAY)[0].text) < 200


def test_a_week_s_line_counts_meetings_and_actions() -> None:
    began = datetime(2026, 11, 19, 21, tzinfo=UTC)
    assert weekly((), 0, (), TUESDAY) == []
    assert [
        brief.text for brief in weekly([Held(began, 8, 2)], 3, [task(), task(due=None)], TUESDAY + DAY)
    ] == ["1 meeting held (8 of 10 places filled); actions: 3 done, 2 open, 1 late"]
    assert [brief.text for brief in weekly([Held(began)] * 2, 0, (), TUESDAY)] == ["2 meetings held"]


class Teams(Plugin):
    """Knows one team, whose room the stage is."""

    name = "teams"

    def team(self, room: Room) -> RoomTeam | None:
        return RoomTeam("nova", "Nova", zone="Europe/Berlin") if room.name == "#stage" else None


def team_stage(folder: Path, **more: Any) -> Stage:
    return Stage(folder, plugins={"meetings": installed()["meetings"], "teams": Teams}, **more)


class TestInATeamsRoom:
    async def test_open_actions_are_told_until_they_are_done(self, tmp_path: Path) -> None:
        async with team_stage(tmp_path) as stage:
            await stage.play(f"""
                <alice> #startmeeting nova
                {STARTED}
                -- topic: [...]
                <alice> #action alice to fix 123 by tuesday
                <alice> #action zed to fix 456 by tuesday
                <alice> #action alice to fix 789 by tuesday
                <alice> #endmeeting
                -- topic: [...]
                {ENDED}
                <alice> !action 3 drop
                <muster> Action 3: [...]
            """)
            hub = stage.app.hub
            found = await hub.nags(stage.room, TUESDAY)
            assert [(nag.text, [one.accounts for one in nag.to]) for nag in found] == [
                ("action 1 is due today: alice to fix 123 by tuesday", [(("test", "alice"),)]),
                ("zed: action 2 is due today: zed to fix 456 by tuesday", []),
            ]
            assert await hub.nags(stage.network.room("#other"), TUESDAY) == []
            await stage.play("""
                <alice> !action 1 done
                <muster> Action 1: [...]
                -- 4 days pass
            """)
            assert [brief.text for brief in await hub.briefs(stage.room, Occasion.DAILY)] == [
                "1 action due: #2 zed to fix 456 by tuesday (2 days late)"
            ]
            assert [brief.text for brief in await hub.briefs(stage.room, Occasion.WEEKLY)] == [
                "1 meeting held; actions: 1 done, 1 open, 1 late"
            ]
            assert len(await hub.nags(stage.room, TUESDAY)) == 1

    async def test_what_was_spoken_of_before_is_due_anew_with_another_date(self, tmp_path: Path) -> None:
        async with team_stage(tmp_path) as stage:
            await stage.play(f"""
                <alice> #startmeeting nova
                {STARTED}
                -- topic: [...]
                <alice> #action alice to fix 123 by tuesday
                <alice> #endmeeting
                -- topic: [...]
                {ENDED}
            """)

            def remind(session: Session) -> None:
                session.execute(text("UPDATE action SET reminded = true"))

            await stage.app.store.write(remind)
            assert await stage.app.hub.nags(stage.room, TUESDAY) == []
            await stage.play("""
                <alice> !action 1 due wednesday
                <muster> Action 1: [...]
            """)
            (nag,) = await stage.app.hub.nags(stage.room, TUESDAY + DAY)
            assert nag.key == "action:1/2026-11-25/due"

    async def test_in_a_quiet_room_nothing_is_told_but_to_owners(self, tmp_path: Path) -> None:
        async with team_stage(tmp_path, settings="quiet = yes") as stage:
            await stage.play(f"""
                <alice> #startmeeting nova
                <muster> Meeting started [...]
                -- topic: [...]
                <alice> #action alice and zed to fix 123 by tuesday
                <alice> #endmeeting
                -- topic: [...]
                {ENDED}
                -- 5 days pass
            """)
            (nag,) = await stage.app.hub.nags(stage.room, TUESDAY)
            assert [one.name for one in nag.to] == ["alice"]


async def test_a_meeting_is_told_of_open_actions_and_a_page_is_not(tmp_path: Path) -> None:
    """There they have a part of their own, with links."""
    async with Stage(tmp_path) as stage:
        await say_in(stage, stage.room, "anna", "#startmeeting")
        await say_in(stage, stage.room, "anna", "#action brian writes it")
        (brief,) = await stage.app.hub.briefs(stage.room, Occasion.MEETING)
        assert "brian" in brief.text
        assert await stage.app.hub.briefs(stage.room, Occasion.PAGE) == []
