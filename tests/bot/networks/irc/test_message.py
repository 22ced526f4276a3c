from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.networks.irc.message import TAGS_LIMIT, build, encode, escape, parse, parse_tags, unescape

TEXT = st.text(max_size=300)
WIRE = st.text(
    alphabet=st.sampled_from("@:;=\\ \r\n\0!#*abcPRIVMSG01,\x01\u00e9\u20ac\U0001f44d\ud800"), max_size=120
)


def test_a_full_message_comes_apart() -> None:
    m = parse("@time=2026-01-01T00:00:00.000Z;msgid=a :al!a@h PRIVMSG  #nova   :hi  there :)")
    assert m is not None
    assert m.tags == {"time": "2026-01-01T00:00:00.000Z", "msgid": "a"}
    assert (m.source, m.nick, m.command) == ("al!a@h", "al", "PRIVMSG")
    assert m.params == ["#nova", "hi  there :)"]


@pytest.mark.parametrize(
    "line", ["", " ", "   ", ":", ":src", ":src ", "@", "@a=b", "@a=b ", "@a :src", " :x", "@ "]
)
def test_a_line_without_a_command_is_no_message(line: str) -> None:
    assert parse(line) is None


def test_commands_are_upper_case_and_parameters_may_be_missing_or_empty() -> None:
    assert parse("privmsg") == ({}, "", "PRIVMSG", [])
    assert parse("PRIVMSG #a :") == ({}, "", "PRIVMSG", ["#a", ""])
    assert parse(":a PART #b :c d")[3] == ["#b", "c d"]  # type: ignore[index]
    assert parse("MODE #a +o al:ice")[3] == ["#a", "+o", "al:ice"]  # type: ignore[index]


def test_only_the_blank_parts_parameters_and_no_other_white_space() -> None:
    assert parse("A b\u00a0c\x1fd\te")[3] == ["b\u00a0c\x1fd\te"]  # type: ignore[index]


def test_tags_are_unescaped_as_ircv3_says() -> None:
    assert parse_tags(r"a=\:\s\\\r\n;b=x\y\;c;=d;e=1;e=2") == {"a": "; \\\r\n", "b": "xy", "c": "", "e": "2"}
    assert unescape(r"a\\\\b\\s") == r"a\\b\s"


@given(TEXT.filter(lambda text: "\0" not in text))
def test_a_tag_value_survives_escaping(text: str) -> None:
    assert unescape(escape(text)) == text
    assert not set(escape(text)) & set("; \r\n\0")


@given(WIRE | st.text())
def test_no_line_whatever_makes_the_parser_raise(line: str) -> None:
    m = parse(line)
    assert m is None or m.command


@given(
    st.sampled_from(["PRIVMSG", "JOIN"]),
    st.lists(WIRE | TEXT, max_size=4),
    st.dictionaries(st.sampled_from(["label", "+x"]), TEXT, max_size=2),
)
def test_nothing_that_goes_out_breaks_the_line_or_is_too_long(
    command: str, params: list[str], tags: dict[str, str]
) -> None:
    wire = encode(build(command, *params, tags=tags))
    assert wire.endswith(b"\r\n")
    assert not set(wire[:-2]) & {0, 10, 13}
    body = wire
    if wire.startswith(b"@"):
        head, _, body = wire.partition(b" ")
        assert len(head) + 1 <= TAGS_LIMIT
    assert len(body) <= 512
    body.decode()  # never cut inside a character


@given(
    st.lists(st.text(alphabet="abc#", min_size=1, max_size=9), max_size=3), st.text("abc :#é", max_size=50)
)
def test_what_is_built_is_parsed_again(middle: list[str], last: str) -> None:
    m = parse(build("TEST", *middle, last))
    assert m is not None
    assert m.params == [*middle, last]


def test_a_carriage_return_in_a_text_cannot_run_a_command() -> None:
    assert encode(build("PRIVMSG", "#a", "hi\rPART #x\nQUIT\0")) == b"PRIVMSG #a :hi PART #x QUIT\r\n"


def test_a_middle_parameter_cannot_become_two() -> None:
    assert build("JOIN", "#a #b", "k") == "JOIN #a k"
    assert build("KICK", ":#a\r\n", "", "x") == "KICK #a * x"


def test_tags_do_not_count_towards_the_body_nor_the_body_towards_them() -> None:
    text = "x" * 490
    wire = encode(build("PRIVMSG", "#a", text, tags={"label": "y" * 400}))
    assert wire.endswith(text.encode() + b"\r\n")


def test_tags_that_are_too_long_are_left_out() -> None:
    assert encode(build("PRIVMSG", "#a", "hi", tags={"+x": "y" * 5000})) == b"PRIVMSG #a hi\r\n"
