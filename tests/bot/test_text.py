"""Text from people is made harmless, and cut without harm."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA, JaroWinkler
from wcwidth import iter_graphemes

from bot import text as texts
from bot.text import (
    counted,
    find_urls,
    fold_nick,
    listed,
    nearest,
    one_line,
    one_slip,
    plain,
    shorten,
    split,
    visible,
    width,
    wrap,
)

# All that chat can hold, with what is most likely to hurt more often than by chance.
hostile = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs", "Cc", "Cf", "Mn"]),
        st.sampled_from(
            "\x02\x03\x040123456789,abcdef \t\r\n\0\u202a\u202b\u202c\u202d\u202e\u2066\u2068\u2069"
        ),
        st.sampled_from("aé日\u0301\u200d👩🏽🇩🇪(). :/"),
    )
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (
            "\x02bold\x02 \x1ditalic\x1d \x1funder\x1f \x1estrike\x1e \x11mono\x11",
            "bold italic under strike mono",
        ),
        ("\x16reverse\x0f normal", "reverse normal"),
        ("\x034red\x03 plain", "red plain"),
        ("\x0304,12red on blue\x03,1", "red on blue,1"),
        ("\x031234", "34"),
        ("\x034,", ","),
        ("\x04FF00aared\x04 and \x04ff00aa,000000both", "red and both"),
        ("a\tb", "a b"),
        ("nul\0 bell\a escape\x1b del\x7f c1\x9b", "nul bell escape del c1"),
        ("one\u2028two\x85three\r\nfour", "one two three  four"),
        ("half \ud83d a pair", "half \ufffd a pair"),
        ("caf\u00e9 ☃ 日本語 👩‍👩‍👧", "caf\u00e9 ☃ 日本語 👩‍👩‍👧"),
    ],
)
def test_formatting_and_control_characters_are_taken_out(said: str, meant: str) -> None:
    assert plain(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("evil \u202etxt.exe", "evil txt.exe"),
        ("\u202dover\u202c", "over"),
        ("\u202bembedded", "\u202bembedded\u202c"),
        ("\u2067isolated", "\u2067isolated\u2069"),
        ("closes\u202c what \u2069others opened", "closes what others opened"),
        ("\u2067a\u202bb\u2069c", "\u2067a\u202bb\u2069c"),
        ("\u202a\u202ea\u202cb\u202cc", "\u202aab\u202cc"),
    ],
)
def test_a_text_cannot_turn_what_stands_after_it(said: str, meant: str) -> None:
    assert plain(said) == meant


@given(hostile)
def test_plain_text_is_one_line_of_characters_and_stays_as_it_is(said: str) -> None:
    made = plain(said)
    assert plain(made) == made
    assert len(made.splitlines()) <= 1
    made.encode("utf-8")
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in made)
    opened = sum(made.count(mark) for mark in "\u202a\u202b")
    assert not set(made) & set("\u202d\u202e")
    assert made.count("\u202c") <= opened
    assert made.count("\u2069") == sum(made.count(mark) for mark in "\u2066\u2067\u2068")


@given(hostile)
@example("ali\u200bce")
@example("a\u2066b\u2069c")
def test_of_a_visible_name_nothing_is_hidden(said: str) -> None:
    made = visible(said)
    assert visible(made) == made == plain(made)
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Zs") for character in made)
    assert set(made) <= set(plain(said))


@given(hostile)
def test_what_is_sent_is_one_line_that_xml_can_carry(said: str) -> None:
    sent = one_line(said)
    assert one_line(sent) == sent
    for character in sent:
        code = ord(character)
        assert 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


def test_a_line_break_in_what_is_sent_never_starts_a_command() -> None:
    assert one_line("hi\rPART #x\nQUIT\0x\r\ny") == "hi PART #x QUIT x y"


@given(hostile.map(one_line), st.integers(1, 60))
@example("a" * 40 + " " + "b" * 40, 40)
@example(" \u0301 a", 3)
@example("👩‍👩‍👧" * 3, 20)
def test_parts_keep_to_the_budget_and_lose_nothing(said: str, budget: int) -> None:
    parts = split(said, budget)
    assert all(0 < len(part.encode()) <= budget for part in parts)
    if all(len(cluster.encode()) <= budget for cluster in iter_graphemes(said)):
        assert "".join(parts).replace(" ", "") == said.replace(" ", "")
        whole = [cluster for cluster in iter_graphemes(said) if cluster != " "]
        assert [cluster for part in parts for cluster in iter_graphemes(part) if cluster != " "] == whole


@given(hostile.map(one_line), st.integers(1, 60), st.integers(1, 4))
def test_no_more_parts_are_made_than_asked_for(said: str, budget: int, at_most: int) -> None:
    parts = split(said, budget, at_most)
    everything = split(said, budget)
    assert len(parts) == min(len(everything), at_most)
    assert all(len(part.encode()) <= budget for part in parts)
    if len(everything) > at_most and budget >= 3:
        assert parts[-1].endswith("…")


def test_a_split_prefers_blanks_and_keeps_a_word_whole_where_it_can() -> None:
    assert split("see https://example.org/page for it", 26) == ["see", "https://example.org/page", "for it"]
    assert split("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert split("ab " + "x" * 25, 10) == ["ab xxxxxxx", "x" * 10, "x" * 8]
    assert split("   ", 2) == []


def test_a_cluster_that_fits_nowhere_is_replaced() -> None:
    assert split("ab" + "e" + "\u0301" * 500 + "cd", 10) == ["ab\ufffdcd"]
    assert split("é", 1) == ["?"]


def test_a_split_without_room_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="one byte"):
        split("x", 0)


@given(hostile.map(plain), st.integers(1, 80))
@example("日本語 " * 10, 9)
def test_wrapped_lines_fit_unless_one_word_does_not(said: str, columns: int) -> None:
    lines = wrap(said, columns, indent="    ", first="  * ")
    words = [word for word in said.split(" ") if word]
    assert lines[0].startswith("  *")
    assert all(line.startswith("    ") for line in lines[1:])
    assert "".join(line[4:] for line in lines).replace(" ", "") == "".join(words)
    for line in lines:
        assert width(line) <= columns or is_one_piece(line[4:].strip(" "))


def is_one_piece(text: str) -> bool:
    return len(list(iter_graphemes(text))) <= 1 or bool(find_urls(text))


def test_an_address_is_never_broken() -> None:
    address = "https://meetings.example.org/" + "long/" * 20
    assert wrap(f"the minutes are at {address} now", 40, indent="  ", first="* ") == [
        "* the minutes are at",
        f"  {address}",
        "  now",
    ]


def test_a_text_without_blanks_is_broken_where_the_line_is_full_and_never_inside_a_cluster() -> None:
    assert wrap("日本語" * 5, 12, indent="  ", first="* ") == ["* 日本語日本", "  語日本語日", "  本語日本語"]
    assert wrap("on 日本語日本語日本語", 12) == ["on 日本語日", "本語日本語"]
    assert wrap("日本語 日本語", 8) == ["日本語", "日本語"]
    assert wrap("e\u0301" * 8, 3) == ["e\u0301" * 3, "e\u0301" * 3, "e\u0301" * 2]
    assert wrap("👩🏽‍💻" * 3, 3) == ["👩🏽‍💻"] * 3
    assert wrap("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_an_address_in_a_text_without_blanks_stays_whole() -> None:
    address = "https://example.org/a/b/c/d"
    assert wrap(f"日本語（{address}", 10) == ["日本語（", address]


def test_wrapping_keeps_blanks_within_a_line_as_they_were_said() -> None:
    assert wrap("a  b", 20) == ["a  b"]
    assert wrap("", 20, first="* ") == ["*"]


@given(hostile.map(plain), st.integers(0, 40))
def test_a_shortened_text_fits(said: str, columns: int) -> None:
    assert width(shorten(said, columns)) <= columns or width(said) <= columns


def test_a_shortened_text_says_so() -> None:
    assert shorten("one two three four", 10) == "one two…"
    assert shorten("short", 10) == "short"
    assert shorten("日本語日本語", 7) == "日本語…"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("topci", "topic"),
        ("topicc", "topic"),
        ("topc", "topic"),
        ("tapic", "topic"),
        ("TOPCI", "topic"),
        ("topic", None),
        ("Topic", None),
        ("tpoci", None),
        ("linux", None),
        ("1234", None),
        ("nod", None),
        ("", None),
    ],
)
def test_one_slip_of_the_fingers_is_recognised(typed: str, meant: str | None) -> None:
    assert one_slip(typed, ["topic", "info", "link", "nick", "undo", "chair"]) == meant


def test_words_of_under_four_letters_are_never_hinted_at() -> None:
    assert one_slip("lin", ["lik", "aid"]) is None


words = st.text("abAB-ß", max_size=6)


@given(words, st.lists(words, max_size=12))
@example("abba", ["abaaaa"])
def test_the_nearest_words_are_those_of_one_slip_and_then_the_likest(
    word: str, candidates: list[str]
) -> None:
    folded = word.lower()
    found = []
    for candidate in set(candidates):
        slips = OSA.distance(folded, candidate.lower(), score_cutoff=1)
        likeness = JaroWinkler.normalized_similarity(folded, candidate.lower())
        if (slips <= 1 and len(folded) > 2) or likeness >= 0.8:
            found.append((slips, -likeness, candidate))
    assert nearest(word, candidates) == [candidate for _, _, candidate in sorted(found)[:3]]


def test_of_several_near_words_it_is_always_the_same() -> None:
    assert {one_slip("cat4", words) for words in (["cat42", "cat41"], ["cat41", "cat42"])} == {"cat41"}


def test_suggestions_come_best_first() -> None:
    assert nearest("pasword", ["password", "port", "sasl_password", "nick"])[0] == "password"
    assert nearest("icr", ["irc", "xmpp", "console"]) == ["irc"]
    assert nearest("zebra", ["irc", "xmpp", "console"]) == []


@given(hostile)
def test_folding_takes_no_two_people_for_one(nick: str) -> None:
    folded = fold_nick(nick)
    assert fold_nick(folded) == folded
    assert len(folded) == len(nick)
    assert all(a == b or (a.isascii() and a.isalpha()) for a, b in zip(nick, folded, strict=True))


def test_brackets_are_folded_by_the_network_alone() -> None:
    assert fold_nick("Bob[Ä]") == "bob[Ä]"


def test_lists_are_written_as_people_write_them() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(iter("abc"), "or") == "a, b or c"


def test_of_one_there_is_one_and_of_any_other_number_there_are_several() -> None:
    assert [counted(number, "bug") for number in (0, 1, 2)] == ["0 bugs", "1 bug", "2 bugs"]


@pytest.mark.parametrize(
    ("said", "urls"),
    [
        ("see http://x.org/a(b)). And", ["http://x.org/a(b)"]),
        ("(https://q.de/)!", ["https://q.de/"]),
        ("<https://q.de/?a=b&c>", ["https://q.de/?a=b&c"]),
        ("MAILTO:a@b.c, irc://oftc/nova ssh://x", ["MAILTO:a@b.c", "irc://oftc/nova", "ssh://x"]),
        ("xhttp://no javascript:alert(1) http:// https://.", []),
        ("10:30 is no address", []),
    ],
)
def test_addresses_are_found_without_what_surrounds_them(said: str, urls: list[str]) -> None:
    assert [said[start:end] for start, end in find_urls(said)] == urls


@given(hostile)
def test_no_text_makes_the_search_for_addresses_or_words_fail(said: str) -> None:
    last = 0
    for start, end in find_urls(said):
        assert last <= start < end <= len(said)
        last = end
    one_slip(said, ["topic"])
    nearest(said, ["topic", ""])


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "plain": plain,
    "one_line": one_line,
    "split": lambda said: split(said, 400),
    "split at most": lambda said: split(said, 400, 3),
    "wrap": lambda said: wrap(said, 72),
    "shorten": lambda said: shorten(said, 40),
    "width": width,
    "find_urls": find_urls,
    "fold_nick": fold_nick,
    "one_slip": lambda said: one_slip(said, ["topic"]),
    "nearest": lambda said: nearest(said, ["topic"]),
}


PIECES = ["ab ", "é", " ", "x", " \u0301", "\u0301", "\u202a", "\u202e", "\u2069", ")", "http://a)", "\x03"]
PIECES += ["🇩", "a\u200d"]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.usefixtures("not_for_ever")
def test_a_hundred_kilobytes_of_anything_are_soon_done(function: str, piece: str) -> None:
    FUNCTIONS[function](piece * (100_000 // len(piece)))


def test_everything_public_is_tested_here() -> None:
    public = {
        name
        for name, value in vars(texts).items()
        if callable(value) and getattr(value, "__module__", "") == texts.__name__ and not name.startswith("_")
    }
    assert public <= {name for name in globals() if not name.startswith("test_")}
