"""Work items, read and written as Launchpad has them."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plugins.blueprints.workitems import State, WorkItem, ticked, with_item, work_items

TEXT = """\
[renuka] the scheduler's driver: INPROGRESS
 documentation : todo\r
a title with a: colon in it

Work items for essex-3:
[vishy] tests: unit and others: BLOCKED
"""

line = st.one_of(
    st.text(st.characters(exclude_characters="\n"), max_size=20),
    st.builds(
        "{}{} : {}".format,
        st.sampled_from(["", "[alice] ", "  [b]"]),
        st.text(st.characters(exclude_characters="\n"), max_size=10),
        st.sampled_from(["TODO", "done", "Blocked ", "INPROGRESS\r", "odd"]),
    ),
    st.sampled_from(["Work items:", "work items for essex-3 :", "", "  "]),
)
texts = st.lists(line, max_size=8).map("\n".join)


def test_items_are_read_with_their_state_who_and_milestone() -> None:
    assert work_items(TEXT) == [
        WorkItem(1, "the scheduler's driver", State.INPROGRESS, "renuka", "", 0),
        WorkItem(2, "documentation", State.TODO, "", "", 1),
        WorkItem(3, "a title with a: colon in it", State.TODO, "", "", 2),
        WorkItem(4, "tests: unit and others", State.BLOCKED, "vishy", "essex-3", 5),
    ]
    assert str(work_items(TEXT)[0]) == "1. the scheduler's driver (renuka): in progress"


def test_a_tick_changes_the_state_and_nothing_else() -> None:
    assert ticked(TEXT, 1, State.DONE) == TEXT.replace("INPROGRESS", "DONE")
    assert ticked(TEXT, 2, State.DONE) == TEXT.replace("todo", "DONE")
    assert ticked(TEXT, 3, State.DONE) == TEXT.replace("in it", "in it: DONE")
    assert ticked(TEXT, 2, State.TODO) == TEXT
    with pytest.raises(LookupError):
        ticked(TEXT, 5, State.DONE)


def test_a_new_item_stands_behind_those_of_the_blueprint_s_own_milestone() -> None:
    assert with_item("", "tests") == "tests: TODO"
    assert with_item("a: DONE", "tests", "bob") == "a: DONE\n[bob] tests: TODO"
    assert with_item("a: DONE\n", "tests") == "a: DONE\ntests: TODO\n"
    assert with_item(TEXT, "b").split("\n")[2:5] == ["a title with a: colon in it", "b: TODO", ""]
    assert with_item("Work items for x:\na: DONE", "b") == "b: TODO\n\nWork items for x:\na: DONE"


@pytest.mark.parametrize("title", ["", "  ", "a\nb", "[bob] a", " a"])
def test_a_title_that_would_be_read_as_something_else_is_refused(title: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        with_item(TEXT, title)


@given(texts, st.sampled_from(State), st.data())
def test_ticking_changes_one_item_s_state_for_any_text(text: str, state: State, data: st.DataObject) -> None:
    items = work_items(text)
    assume(items)
    number = data.draw(st.integers(1, len(items)))
    after = ticked(text, number, state)
    assert len(after.split("\n")) == len(text.split("\n"))
    read = work_items(after)
    assert [one.state for one in read] == [state if one.number == number else one.state for one in items]
    assert [one.title for one in read] == [one.title for one in items]
    assert [(one.who, one.milestone) for one in read] == [(one.who, one.milestone) for one in items]
    changed = [
        place for place, (a, b) in enumerate(zip(text.split("\n"), after.split("\n"), strict=True)) if a != b
    ]
    assert changed in ([], [items[number - 1].line])


@given(texts, st.text(max_size=12), st.sampled_from(["", "bob"]))
def test_a_title_that_is_taken_is_read_again_as_it_is(text: str, title: str, who: str) -> None:
    before = work_items(text)
    try:
        after = with_item(text, title, who)
    except ValueError:
        return
    read = work_items(after)
    assert len(read) == len(before) + 1
    added = [one for one in read if (one.title, one.who) == (title, who)]
    assert any(one.state is State.TODO and one.milestone == "" for one in added)
