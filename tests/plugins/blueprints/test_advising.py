"""What suggestions learn, and what is found of blueprints that change."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugins.blueprints.lessons import LessonRow
from tests.plugins.blueprints.cast import blueprint
from tests.plugins.blueprints.house import BLUEPRINTS, house
from tests.plugins.blueprints.test_telling import Watched, change, see

LEASES = blueprint("dnsmasq-lease-time", "How long leases last")
FILES = blueprint("dnsmasq-lease-files", "Where leases are kept")


def decisions(session: Session) -> list[tuple[str, str, str, str | None]]:
    rows = session.scalars(select(LessonRow).order_by(LessonRow.id))
    return [(row.blueprint, row.suggested, row.chosen, row.account) for row in rows]


async def test_a_decision_teaches_over_a_restart_and_undoing_it_unlearns_it(tmp_path: Path) -> None:
    async with house(tmp_path, [*BLUEPRINTS, LEASES, FILES]) as stage:
        await stage.play("""
            <anna> !suggest dnsmasq-lease-files
            <muster> No team fits dnsmasq-lease-files: it is the coordinator's to assign.
            <vishy> !assign dnsmasq-lease-time nova-testing
            <muster> dnsmasq-lease-time is nova-testing's now.
            <anna> !suggest dnsmasq-lease-files
            <muster> dnsmasq-lease-files is for nova-testing: like dnsmasq-lease-time, which nova-testing has; what says dnsmasq and lease was given to it before.
            <vishy> !undo
            <muster> Undone: [...]
            <anna> !suggest dnsmasq-lease-files
            <muster> No team fits dnsmasq-lease-files: it is the coordinator's to assign.
        """)  # noqa: E501


async def test_the_team_that_was_chosen_instead_is_kept_with_who_chose_it(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await stage.play("""
            <vishy> !assign vol-clone nova-api
            <muster> vol-clone is nova-api's now.
            <brian> !assign vol-clone anna
            <muster> vol-clone is anna's now; nova-api keeps owning it.
        """)
        rows = await stage.app.store.read(decisions)
        assert rows == [("vol-clone", "volumes", "nova-api", "vishy")]


async def test_what_changes_in_the_tracker_is_found_as_it_is_now(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Watched) as stage:
        await change(stage, "zones", title="Cells in other towns")
        await see(stage, gone=("vol-clone",))
        await stage.play("""
            <anna> !similar towns
            <muster> [...]% zones (New, Undefined; nobody): Cells in other towns; both say towns
            <anna> !similar cloning
            <muster> No blueprint is like that.
        """)
