"""Items by themselves: numbers, stacks, stubs."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.model import Actor
from plugins.meetings.items import Items, is_stub, stub
from plugins.meetings.minutes import ItemKind
from plugins.meetings.people import People, Person

NOON = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)


def person(nick: str) -> Person:
    people = People(lambda gone, kept: None, lambda moved: None)
    return people.see(Actor("n", nick)).person


def test_a_stub_says_who_and_when_in_utc() -> None:
    paris = NOON.astimezone(timezone(timedelta(hours=1)))
    assert stub("bob", paris) == "[redacted by bob at 12:00:05 UTC]"
    assert is_stub(stub("a/b [c]", NOON))


def test_what_only_resembles_a_stub_is_a_text() -> None:
    for text in ("[redacted by bob]", "[redacted by bob at 12:00:05 UTC] x", "redacted by bob", ""):
        assert not is_stub(text)


def test_numbers_begin_at_one_and_what_is_taken_back_gives_its_number_again() -> None:
    items, bob = Items(), person("bob")
    first = items.note(ItemKind.INFO, "a", bob, "bob", NOON, 2)
    vote = items.note(ItemKind.VOTE, "v", bob, "bob", NOON, 3, derived=True)
    assert (first.number, vote.number) == (1, 2)
    items.take_back(vote)
    assert items.latest() is first
    assert items.get(2) is None
    assert items.get(0) is items.get(-1) is None


def test_the_line_of_an_item_and_of_its_edits_lead_to_it() -> None:
    items, bob = Items(), person("bob")
    item = items.note(ItemKind.INFO, "a", bob, "bob", NOON, 2)
    items.edit(item, "b", "", "bob", NOON, 5)
    items.note(ItemKind.VOTE, "v", bob, "bob", NOON, 6, derived=True)
    assert items.by_line == {2: item, 5: item}


def test_merged_people_have_each_others_items() -> None:
    items, bob, rob = Items(), person("bob"), person("rob")
    items.note(ItemKind.INFO, "a", bob, "bob", NOON, 2)
    second = items.note(ItemKind.INFO, "b", rob, "rob", NOON, 3)
    third = items.note(ItemKind.INFO, "c", bob, "bob", NOON, 4)
    items.merge(rob, bob)
    assert items.latest(bob) is third
    items.remove(third, "bob", NOON)
    assert items.latest(bob) is second
    assert second.person is bob


@given(
    st.lists(st.tuples(st.sampled_from(["note", "topic", "sub", "undo", "redo", "nth"]), st.integers(1, 9)))
)
def test_the_last_item_and_the_topic_are_what_a_plain_list_says(steps: list[tuple[str, int]]) -> None:
    items, bob = Items(), person("bob")
    kinds = {"note": ItemKind.INFO, "topic": ItemKind.TOPIC, "sub": ItemKind.SUBTOPIC}
    for step, number in steps:
        if step in kinds:
            items.note(kinds[step], "x", bob, "bob", NOON, len(items) + 2)
        elif step == "undo":
            last = items.latest()
            if last is not None:
                items.remove(last, "bob", NOON)
        elif step == "redo":
            gone = items.latest_removed()
            if gone is not None:
                items.restore(gone, "bob", NOON)
        else:
            item = items.get(number)
            if item is not None and not item.removed:
                items.remove(item, "bob", NOON)
        alive = [item for item in items if not item.removed]
        topics = [item for item in alive if item.kind is ItemKind.TOPIC]
        topic = topics[-1] if topics else None
        within = [
            item
            for item in alive
            if item.kind is ItemKind.SUBTOPIC and (topic is None or item.number > topic.number)
        ]
        assert items.current_topics() == (topic, within[-1] if within else None)
        assert (items.latest() is None) == (not alive)
        assert all(not item.removed for item in (items.latest(), items.latest(bob)) if item is not None)
