"""What is made once while what it stands on stays the same."""

from __future__ import annotations

import pytest

from bot.derived import Derived


def test_it_is_made_again_only_when_something_that_it_stands_on_is_another() -> None:
    made: Derived[list[int]] = Derived()
    snapshot, counted = object(), iter(range(9))

    def make() -> list[int]:
        return [next(counted)]

    first = made.of((snapshot, 1, "nova"), make)
    assert first == [0]
    assert made.of((snapshot, 1, "nova"), make) is first
    assert made.of((snapshot, 2, "nova"), make) == [1]
    assert made.of((object(), 2, "nova"), make) == [2]
    assert made.of((snapshot, 1, "nova"), make) == [3], "nothing older than the last is kept"


def test_what_compares_alike_is_the_same_and_is_compared_once() -> None:
    asked = []

    class Value:
        def __eq__(self, other: object) -> bool:
            asked.append(other)
            return isinstance(other, Value)

        __hash__ = None  # type: ignore[assignment]

    made: Derived[list[int]] = Derived()
    first = made.of((Value(),), list)
    second = Value()
    for _ in range(3):
        assert made.of((second,), list) is first
    assert len(asked) == 1


def test_what_could_not_be_made_is_made_when_it_is_asked_for_again() -> None:
    made: Derived[int] = Derived()
    assert made.of((1,), lambda: 5) == 5

    def fails() -> int:
        raise ValueError("not now")

    with pytest.raises(ValueError, match="not now"):
        made.of((2,), fails)
    assert made.of((1,), lambda: 6) == 6, "and what stood there before is gone"


def test_nothing_is_a_thing_too() -> None:
    made: Derived[None] = Derived()
    calls = []

    def make() -> None:
        calls.append(1)

    for _ in range(2):
        made.of((), make)
    assert calls == [1]
