"""Muster's own tracker: what is changed is recorded with it, and what another changed is not overwritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.plugin import Change, UserError, changes_of, record
from bot.testing import START, Stage
from plugins.tracker import (
    Ask,
    Capability,
    Changes,
    Diverged,
    Done,
    Field,
    Item,
    ItemKind,
    Milestone,
    New,
    Ref,
    Refused,
    Tracker,
    UnsupportedError,
)
from plugins.tracker.tables import opened
from tests.plugins.tracker.conftest import by

TRANSCRIPTS = sorted((Path(__file__).parents[2] / "transcripts" / "tracker").glob("*.txt"))
ZONES = Ref(ItemKind.BLUEPRINT, "zones")


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_commands_answer_as_their_transcripts_say(path: Path, stage: Stage) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    await stage.play("\n".join(line for line in lines if not line.startswith(";")))


async def blueprint(tracker: Tracker, name: str = "zones") -> Item:
    made = await tracker.create(New(ItemKind.BLUEPRINT, name, f"About {name}"), by("alice"))
    assert isinstance(made, Done)
    return made.item


async def history(tracker: Tracker, ref: Ref = ZONES) -> list[Change]:
    return await tracker.store.read(changes_of, str(ref))


async def test_a_change_is_made_with_its_record_and_outlives_a_kill(stage: Stage, tracker: Tracker) -> None:
    seen = await blueprint(tracker)
    changes: Changes = {Field.ASSIGNEE: "nova-api", Field.DIRECTION: True}
    (answer,) = await tracker.change([Ask(seen, changes)], by("bob"))
    assert isinstance(answer, Done)
    assert answer.item == tracker.items.blueprints["zones"]
    assert (answer.item.assignee, answer.item.direction_approved) == ("nova-api", True)
    assert answer.item.version != seen.version
    await stage.kill()
    after = stage.app.hub.plugin(Tracker)
    assert after.items.get(ZONES) == answer.item
    told = [(one.what, one.before, one.after, one.by.actor.nick) for one in await history(after)]
    assert told == [
        ("direction_approved", False, True, "bob"),
        ("assignee", "", "nova-api", "bob"),
        ("created", None, "About zones", "alice"),
    ]


async def test_what_another_changed_since_it_was_seen_is_not_overwritten_but_again_does_it(
    tracker: Tracker,
) -> None:
    seen = await blueprint(tracker)
    await tracker.change([Ask(seen, {Field.ASSIGNEE: "bob"})], by("bob"))
    (answer,) = await tracker.change([Ask(seen, {Field.ASSIGNEE: "carol"})], by("carol"))
    assert isinstance(answer, Diverged)
    assert (answer.fields, answer.why) == ((Field.ASSIGNEE,), "its assignee is bob now")
    assert tracker.items.blueprints["zones"].assignee == "bob"
    assert await tracker.again(by("bob")) == []
    (done,) = await tracker.again(by("carol"))
    assert isinstance(done, Done)
    assert done.item.assignee == "carol"
    assert await tracker.again(by("carol")) == []


async def test_what_diverged_is_still_there_to_do_again_after_a_kill(stage: Stage, tracker: Tracker) -> None:
    seen = await blueprint(tracker)
    await tracker.change([Ask(seen, {Field.ASSIGNEE: "bob"})], by("bob"))
    await tracker.change([Ask(seen, {Field.ASSIGNEE: "carol"})], by("carol"))
    await stage.kill()
    (done,) = await stage.app.hub.plugin(Tracker).again(by("carol"))
    assert isinstance(done, Done)
    assert done.item.assignee == "carol"


async def test_who_asks_anew_has_nothing_left_to_do_again(tracker: Tracker) -> None:
    seen = await blueprint(tracker)
    await tracker.change([Ask(seen, {Field.ASSIGNEE: "bob"})], by("bob"))
    await tracker.change([Ask(seen, {Field.ASSIGNEE: "carol"})], by("carol"))
    now = tracker.items.blueprints["zones"]
    await tracker.change([Ask(now, {Field.ASSIGNEE: "dave"})], by("carol"))
    assert await tracker.again(by("carol")) == []
    assert tracker.items.blueprints["zones"].assignee == "dave"


async def test_after_a_week_nothing_is_done_again_and_nothing_of_it_is_kept(
    stage: Stage, tracker: Tracker
) -> None:
    seen = await blueprint(tracker)
    await tracker.change([Ask(seen, {Field.ASSIGNEE: "bob"})], by("bob"))
    await tracker.change([Ask(seen, {Field.ASSIGNEE: "carol"})], by("carol"))
    carol = replace(by("carol"), time=START + timedelta(days=7, seconds=1))
    assert await tracker.again(carol) == []
    assert tracker.items.blueprints["zones"].assignee == "bob"
    kept = await stage.app.store.write(opened, "local")
    assert kept.writes == []


async def test_nobody_without_an_account_does_again_what_another_without_one_asked(tracker: Tracker) -> None:
    seen = await blueprint(tracker)
    await tracker.change([Ask(seen, {Field.ASSIGNEE: "bob"})], by("bob"))
    await tracker.change([Ask(seen, {Field.ASSIGNEE: "carol"})], by("carol", None))
    assert await tracker.again(by("carol", None)) == []


async def test_a_change_of_another_field_is_nobodys_conflict(tracker: Tracker) -> None:
    seen = await blueprint(tracker)
    await tracker.change([Ask(seen, {Field.ASSIGNEE: "bob"})], by("bob"))
    (answer,) = await tracker.change([Ask(seen, {Field.PRIORITY: "High"})], by("carol"))
    assert isinstance(answer, Done)
    assert (answer.item.assignee, answer.item.priority) == ("bob", "High")


async def test_what_is_there_already_is_done_and_not_recorded(tracker: Tracker) -> None:
    seen = await blueprint(tracker)
    asks = [Ask(seen, {Field.ASSIGNEE: "bob"}), Ask(seen, {Field.ASSIGNEE: "bob"})]
    first, second = await tracker.change(asks, by("bob"))
    assert first == second
    assert [one.what for one in await history(tracker)] == ["assignee", "created"]


async def test_several_changes_of_one_item_follow_each_other(tracker: Tracker) -> None:
    seen = await blueprint(tracker)
    changed = seen.changed({Field.ASSIGNEE: "bob"})
    asks = [Ask(seen, {Field.ASSIGNEE: "bob"}), Ask(changed, {Field.ASSIGNEE: "carol"})]
    answers = await tracker.change(asks, by("bob"))
    assert [type(answer) for answer in answers] == [Done, Done]
    assert tracker.items.blueprints["zones"].assignee == "carol"


def _note(session: Session) -> None:
    record(session, by("alice"), "note:also", "said", None, True)


async def test_what_is_stored_beside_a_change_stands_or_falls_with_it(tracker: Tracker) -> None:
    seen = await blueprint(tracker)
    (refused,) = await tracker.change([Ask(seen, {Field.PRIORITY: "Huge"})], by("bob"), _note)
    assert isinstance(refused, Refused)
    assert await tracker.store.read(changes_of, "note:also") == []
    await tracker.change([Ask(seen, {Field.PRIORITY: "High"})], by("bob"), _note)
    assert len(await tracker.store.read(changes_of, "note:also")) == 1

    def fail(session: Session) -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        await tracker.change([Ask(seen, {Field.ASSIGNEE: "bob"})], by("bob"), fail)
    assert tracker.items.blueprints["zones"].assignee == ""
    assert [one.what for one in await history(tracker)] == ["priority", "created"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {Field.PRIORITY: "Huge"},
            "zones: its priority is one of Not, Undefined, Low, Medium, High, Essential",
        ),
        ({Field.IMPLEMENTATION: "Nearly"}, "zones: its implementation is one of Unknown, Not started"),
        ({Field.MILESTONE: "essex-3"}, "zones: there is no milestone 'essex-3'; near it: essex-2"),
        ({Field.MILESTONE: "essex-1"}, "zones: the milestone essex-1 is closed"),
        ({Field.ASSIGNEE: "bob and carol"}, "zones: its assignee is one word, not 'bob and carol'"),
        ({Field.TITLE: "two\nlines"}, "zones: its title is one line, without control characters"),
        ({Field.TITLE: ""}, "zones: its title is missing"),
        ({Field.TAGS: ("api",)}, "zones: a blueprint has no tags"),
        ({Field.DIRECTION: "yes"}, "zones: its approved direction is yes or no"),
    ],
)
async def test_what_an_item_cannot_hold_is_refused(
    tracker: Tracker, changes: dict[Field, str], why: str
) -> None:
    for name in ("essex-1", "essex-2"):
        await tracker.add_milestone(Milestone(name, "essex", date(2011, 12, 15)), by("alice"))
    await tracker.close_milestone("essex-1", by("alice"))
    (answer,) = await tracker.change([Ask(await blueprint(tracker), changes)], by("bob"))
    assert isinstance(answer, Refused)
    assert answer.why.startswith(why)


async def test_of_two_blueprints_of_one_name_there_is_one(tracker: Tracker) -> None:
    await blueprint(tracker)
    again = await tracker.create(New(ItemKind.BLUEPRINT, "zones", "Other"), by("bob"))
    assert again == Refused("there is a blueprint zones already")
    odd = await tracker.create(New(ItemKind.BLUEPRINT, "../zones", "Other"), by("bob"))
    assert isinstance(odd, Refused)


async def test_a_comment_is_a_line_at_the_whiteboards_end(tracker: Tracker) -> None:
    await blueprint(tracker)
    await tracker.comment(ZONES, "see the list", by("bob"))
    await tracker.comment(ZONES, "two\nlines", by("carol"))
    assert tracker.items.blueprints["zones"].whiteboard == "see the list\ntwo lines"
    last = (await history(tracker))[0]
    assert (last.what, last.before, last.after) == (
        "whiteboard",
        "see the list",
        "see the list\ntwo lines",
    )
    assert await tracker.comment(Ref(ItemKind.BUG, "9"), "no", by("bob")) == Refused("there is no bug 9")


async def test_a_comment_on_a_bug_is_recorded(tracker: Tracker) -> None:
    made = await tracker.create(New(ItemKind.BUG, "", "It breaks", tags=("api",)), by("bob"))
    assert isinstance(made, Done)
    await tracker.comment(made.item.ref, "here too", by("carol"))
    last = (await history(tracker, made.item.ref))[0]
    assert (last.what, last.after, last.by.actor.nick) == ("comment", "here too", "carol")


async def test_milestones_are_added_closed_and_kept(stage: Stage, tracker: Tracker) -> None:
    await tracker.add_milestone(Milestone("essex-2", "essex", date(2011, 12, 15)), by("alice"))
    with pytest.raises(UserError, match="There is a milestone essex-2 already"):
        await tracker.add_milestone(Milestone("essex-2"), by("alice"))
    with pytest.raises(UserError, match="no name"):
        await tracker.add_milestone(Milestone("Essex 3"), by("alice"))
    await tracker.close_milestone("essex-2", by("alice"))
    with pytest.raises(UserError, match="no milestone essex-2 that takes blueprints"):
        await tracker.close_milestone("essex-2", by("alice"))
    await stage.kill()
    after = stage.app.hub.plugin(Tracker)
    assert after.milestone("essex-2") == Milestone("essex-2", "essex", date(2011, 12, 15), is_active=False)
    assert after.milestone("essex-9") is None


async def test_it_is_always_as_it_is_and_knows_no_teams(tracker: Tracker) -> None:
    assert (tracker.age(), tracker.as_of(), tracker.is_local) == (None, "", True)
    assert tracker.can(Capability.CREATE_BUG)
    assert not tracker.can(Capability.MEMBERS)
    with pytest.raises(UnsupportedError):
        await tracker.members("nova-api")
