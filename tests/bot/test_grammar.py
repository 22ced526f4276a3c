"""A handler's signature is what may be typed."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.grammar import Channel, Flag, Syntax, Text, UserError

Ctx = object


class Team:
    """A type that converts by itself."""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    async def from_word(cls, word: str, ctx: object) -> Team:
        if word == "nobody":
            raise UserError("There is no team 'nobody'. Near it: nova.")
        return cls(word)


async def nothing(self: object, ctx: Ctx) -> None: ...
async def words(self: object, ctx: Ctx, name: str, milestone: str = "") -> None: ...
async def text(self: object, ctx: Ctx, number: int, why: Text) -> None: ...
async def maybe_text(self: object, ctx: Ctx, why: Text | None = None) -> None: ...
async def choice(
    self: object, ctx: Ctx, number: int, to: Literal["done", "drop"] | None = None, why: Text = ""
) -> None: ...
async def flags(self: object, ctx: Ctx, team: Team, person: str, *, unconfirmed: Flag = False) -> None: ...
async def many(self: object, ctx: Ctx, teams: tuple[Team, ...], *, all_: Flag = False) -> None: ...
async def some(self: object, ctx: Ctx, room: Channel | None = None, nicks: tuple[str, ...] = ()) -> None: ...
async def last(self: object, ctx: Ctx, room: Channel | None = None, n: int = 1) -> None: ...
async def switch(
    self: object, ctx: Ctx, to: Literal["on", "off"] | None = None, how: Literal["loud"] | None = None
) -> None: ...


HANDLERS = [nothing, words, text, maybe_text, choice, flags, many, some, last, switch]


@pytest.mark.parametrize(
    ("handler", "usage"),
    [
        (nothing, ""),
        (words, "<name> [milestone]"),
        (text, "<number> <why...>"),
        (maybe_text, "[why...]"),
        (choice, "<number> [done|drop] [why...]"),
        (flags, "<team> <person> [unconfirmed]"),
        (many, "<teams...> [all]"),
        (some, "[room] [nicks...]"),
    ],
)
def test_usage_is_shown_as_people_know_it_from_manuals(handler: Any, usage: str) -> None:
    assert Syntax.of(handler).usage == usage


@pytest.mark.parametrize(
    ("handler", "typed", "found"),
    [
        (nothing, "", {}),
        (words, "  bp1   havana-1 ", {"name": "bp1", "milestone": "havana-1"}),
        (words, "bp1\thavana-1", {"name": "bp1", "milestone": "havana-1"}),
        (words, "bp1", {"name": "bp1"}),
        (text, "#12 because  it is so ", {"number": 12, "why": "because  it is so"}),
        (maybe_text, "", {}),
        (maybe_text, "a b", {"why": "a b"}),
        (choice, "5", {"number": 5}),
        (choice, "5 DONE", {"number": 5, "to": "done"}),
        (choice, "5 drop no time", {"number": 5, "to": "drop", "why": "no time"}),
        (choice, "5 no time", {"number": 5, "why": "no time"}),
        (flags, "nova bob", {"team": "nova", "person": "bob"}),
        (flags, "nova unconfirmed bob", {"team": "nova", "person": "bob", "unconfirmed": True}),
        (flags, "nova bob Unconfirmed", {"team": "nova", "person": "bob", "unconfirmed": True}),
        (many, "nova all glance", {"teams": ("nova", "glance"), "all_": True}),
        (some, "", {}),
        (some, "#nova", {"room": "#nova"}),
        (some, "oftc/#nova a b", {"room": "oftc/#nova", "nicks": ("a", "b")}),
        (some, "a b", {"nicks": ("a", "b")}),
    ],
)
def test_what_was_typed_finds_its_parameter(handler: Any, typed: str, found: dict[str, object]) -> None:
    assert Syntax.of(handler).parse(typed) == found


@pytest.mark.parametrize(
    ("handler", "typed", "error"),
    [
        (nothing, "x", "'x' is one word too many."),
        (words, "", "<name> is missing."),
        (words, "a b c d", "'c' is one word too many."),
        (text, "12", "<why...> is missing."),
        (text, "twelve x", "<number> must be a number of at most 11 digits, not 'twelve'."),
        (text, "-1 x", "<number> must be a number of at most 11 digits, not '-1'."),
        (text, "123456789012 x", "<number> must be a number of at most 11 digits, not '123456789012'."),
        (flags, "nova unconfirmed", "<person> is missing."),
        (many, "", "<teams...> is missing."),
        (many, "all", "<teams...> is missing."),
        (last, "console", "'console' is neither a room like #room nor a number of at most 11 digits."),
        (
            last,
            "123456789012",
            "'123456789012' is neither a room like #room nor a number of at most 11 digits.",
        ),
        (last, "#nova #glance", "'#glance' is not a number of at most 11 digits."),
        (last, "2 #nova", "'#nova' is one word too many."),
        (last, "#nova 2 3", "'3' is one word too many."),
        (switch, "x", "'x' is neither one of on, off nor 'loud'."),
    ],
)
def test_a_mistake_is_named_in_one_line(handler: Any, typed: str, error: str) -> None:
    with pytest.raises(UserError) as caught:
        Syntax.of(handler).parse(typed)
    assert str(caught.value) == error


def test_a_required_choice_or_room_names_what_would_be_right() -> None:
    async def required(self: object, ctx: Ctx, room: Channel, state: Literal["on", "off"]) -> None: ...

    syntax = Syntax.of(required)
    assert syntax.usage == "<room> on|off"
    with pytest.raises(UserError, match="'nova' is not a room; name one like #room"):
        syntax.parse("nova on")
    with pytest.raises(UserError, match="'maybe' is none of on, off"):
        syntax.parse("#nova maybe")


async def test_types_that_convert_themselves_do_and_complain_themselves() -> None:
    syntax = Syntax.of(flags)
    found = await syntax.convert(syntax.parse("nova bob"), None)
    assert isinstance(found["team"], Team)
    assert found["team"].name == "nova"
    with pytest.raises(UserError, match="Near it: nova"):
        await syntax.convert(syntax.parse("nobody bob"), None)
    both = await Syntax.of(many).convert(Syntax.of(many).parse("nova glance"), None)
    assert [team.name for team in both["teams"]] == ["nova", "glance"]


def test_a_handler_that_could_never_get_all_its_words_is_refused_when_it_is_written() -> None:
    async def wrong(self: object, ctx: Ctx, why: Text, then: str) -> None: ...

    with pytest.raises(TypeError, match="why takes all words, so it must be last"):
        Syntax.of(wrong)


@given(st.sampled_from(HANDLERS), st.text())
def test_whatever_is_typed_is_understood_or_refused_politely(handler: Any, typed: str) -> None:
    syntax = Syntax.of(handler)
    try:
        found = syntax.parse(typed)
    except UserError:
        return
    assert found.keys() <= {parameter.name for parameter in syntax.parameters}
    assert found.keys() >= {parameter.name for parameter in syntax.parameters if not parameter.optional}
