"""What bot.ini says becomes what a setting's type means, or a sentence about what would be right."""

from __future__ import annotations

import contextlib
import enum
import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import (
    DatabaseUrl,
    Endpoint,
    Prefix,
    Rooms,
    Rule,
    Secret,
    TrustedMask,
    Zone,
    convert,
    declared,
    duration_text,
    kind_text,
    setting,
    value_text,
)

BASE = Path("/etc/muster")
PORT = Rule(low=1, high=65535)


class Pair(tuple[int, int]):
    """A type of a plugin's own."""

    __slots__ = ()

    kind_text = "two numbers"

    @classmethod
    def from_setting(cls, text: str) -> Self:
        first, comma, second = text.partition(",")
        if not comma:
            raise ValueError("must be two numbers, such as 1, 2")
        return cls((int(first), int(second)))


class Mood(enum.StrEnum):
    GLAD = "glad"
    SAD = "sad"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("any text; at = all", str, "any text; at = all"),
        ("", str, ""),
        ("yes", bool, True),
        ("OFF", bool, False),
        ("6697", int, 6697),
        ("0.5", float, 0.5),
        ("20 minutes", timedelta, timedelta(minutes=20)),
        ("1h 30m", timedelta, timedelta(minutes=90)),
        ("90s", timedelta, timedelta(seconds=90)),
        ("30 days", timedelta | None, timedelta(days=30)),
        ("forever", timedelta | None, None),
        ("var", Path, BASE / "var"),
        ("/srv/muster", Path, Path("/srv/muster")),
        ("", Path | None, None),
        ("Always", Literal["always", "never"], "always"),
        ("sad", Mood, Mood.SAD),
        ("a, b,\nc,", tuple[str, ...], ("a", "b", "c")),
        ("", tuple[str, ...], ()),
        ("1, 2", tuple[int, ...], (1, 2)),
        ("Europe/Berlin", Zone, "Europe/Berlin"),
        ("?!", Prefix, "?!"),
        ("3, 4", Pair, Pair((3, 4))),
        ("3, 4", Pair | None, Pair((3, 4))),
        ("oftc/#nova, xmpp/a@b/c", Rooms, Rooms(["oftc/#nova", "xmpp/a@b/c"])),
        ("al!a@*.org = alice", TrustedMask, TrustedMask("al!a@*.org", "alice")),
        ("[::1]:80", Endpoint, Endpoint("::1", 80)),
        ("localhost:80", Endpoint, Endpoint("localhost", 80)),
        ("sqlite:///a.db", DatabaseUrl, DatabaseUrl("sqlite:///a.db")),
        ("postgresql://u:p@h/d", DatabaseUrl, DatabaseUrl("postgresql://u:p@h/d")),
    ],
)
def test_a_setting_is_read_as_its_type(text: str, kind: Any, value: object) -> None:
    made = convert(text, kind, Rule(), BASE)
    assert made == value
    assert type(made) is type(value) or isinstance(value, Path)


@pytest.mark.parametrize(
    ("text", "kind", "right"),
    [
        ("maybe", bool, "yes or no"),
        ("0", int, "a whole number from 1 to 65535"),
        ("many", int, "a whole number from 1 to 65535"),
        ("nan", float, "a number from 1 to 65535"),
        ("", int, "leave the whole line out"),
        ("20", timedelta, "such as 90 seconds, 20 minutes"),
        ("1 fortnight", timedelta, "such as 90 seconds, 20 minutes"),
        ("2 days", timedelta, "a length of time from 1 second to 65535 seconds"),
        ("alwys", Literal["always", "never"], "always or never (did you mean always?)"),
        ("angry", Mood, "glad or sad"),
        ("Europe/Berln", Zone, "Europe/Berlin"),
        ("", Prefix, "give a sign, or leave the whole line out"),
        ("do", Prefix, "a sign without blanks, such as !"),
        ("! #", Prefix, "a sign without blanks, such as !"),
        ("3", Pair, "must be two numbers, such as 1, 2"),
        ("", Pair, "give two numbers, or leave the whole line out"),
        ("nova", Rooms, "NETWORK/ROOM"),
        ("alice = alice", TrustedMask, "NICK!USER@HOST = ACCOUNT"),
        ("example.org:80", Endpoint, "ADDRESS:PORT"),
        ("127.0.0.1:web", Endpoint, "ADDRESS:PORT"),
        ("mysql://h/d", DatabaseUrl, "postgresql://"),
        ("postgresql+psycopg://h/d", DatabaseUrl, "without a driver's name"),
        ("sqlite://a.db", DatabaseUrl, "sqlite:///muster.db"),
        ("~no-such-user/var", Path, "no user here is called no-such-user: write the whole path"),
        ("a\0b", Path, "holds a NUL character, which no path may"),
    ],
)
def test_what_is_wrong_is_answered_with_what_would_be_right(text: str, kind: Any, right: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        convert(text, kind, PORT, BASE)
    assert right in str(caught.value)


@given(st.text(), st.sampled_from([int, float, timedelta, bool, Zone, Rooms, TrustedMask, Endpoint, Path]))
def test_no_text_makes_reading_fail_in_another_way(text: str, kind: Any) -> None:
    with contextlib.suppress(ValueError):
        convert(text, kind, PORT, BASE)


def test_a_type_that_no_setting_can_have_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(TypeError, match="dict"):
        convert("x", dict, Rule(), BASE)


def test_a_secret_is_itself_but_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("hunter2")
    assert secret == "hunter2"
    assert type(secret.reveal()) is str
    logging.getLogger(__name__).warning("%s %r %s", secret, secret, (secret,))
    shown = f"{secret} {secret!r} {secret!s} {secret:>20} {[secret]} {secret} {caplog.text}"
    assert "hunter2" not in shown
    assert "hunter2" in secret.reveal()


@dataclass(frozen=True, slots=True)
class Sample:
    needed: int = setting(help="Must be set.", low=1)
    list_: tuple[str, ...] = setting((), help="A word of Python.")
    keys: str = setting("secret among others", help="Half a secret.", shown=False)


def test_a_declaration_tells_key_type_default_and_help() -> None:
    needed, names, keys = declared(Sample).values()
    assert (needed.key, needed.type, needed.rule.help) == ("needed", int, "Must be set.")
    assert (names.key, names.field, names.default) == ("list", "list_", ())
    assert not keys.is_shown
    assert "secret among others" not in repr(Sample(needed=1))


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (1200, "20 minutes"),
        (7200, "2 hours"),
        (86400, "1 day"),
        (0, "0 seconds"),
    ],
)
def test_a_length_of_time_is_written_in_its_largest_unit(length: int, text: str) -> None:
    assert duration_text(timedelta(seconds=length)) == text


@given(st.integers(0, 10**8))
def test_a_length_of_time_is_read_as_it_is_written(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    text = duration_text(length)
    if len(text.split()[0]) <= 6:
        assert convert(text, timedelta, Rule(), BASE) == length


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (None, ""),
        (Rooms(["a/b", "c/d"]), "a/b, c/d"),
        (0.5, "0.5"),
        (Endpoint("::1", 80), "[::1]:80"),
        ((TrustedMask("a!b@c", "d"),), "a!b@c = d"),
        (Secret("x"), "<secret>"),
    ],
)
def test_a_value_is_shown_as_the_file_would_have_it(value: object, text: str) -> None:
    assert value_text(value) == text


def test_types_are_named_in_words() -> None:
    assert kind_text(bool, Rule()) == "yes or no"
    assert kind_text(int, PORT) == "a whole number from 1 to 65535"
    assert kind_text(float, Rule(low=0.5)) == "a number from 0.5 on"
    assert kind_text(int, Rule(high=9)) == "a whole number up to 9"
    assert kind_text(timedelta | None, Rule(low=86400)) == "a length of time from 1 day on, or forever"
    assert kind_text(tuple[str, ...], Rule()) == "a list of texts"
    assert kind_text(tuple[TrustedMask, ...], Rule()) == "a list of NICK!USER@HOST = ACCOUNT"
    assert kind_text(Mood, Rule()) == "glad or sad"
