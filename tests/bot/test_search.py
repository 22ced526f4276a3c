"""The index: what is typed and what it finds, and that what is taken out is gone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot import lines
from bot.model import Actor, Kind, Line, Room
from bot.search import (
    MOST_PARTS,
    Document,
    Filter,
    Hit,
    Part,
    Query,
    compact,
    count,
    find,
    forget_places,
    forget_span,
    marked,
    put,
    read_hits,
    read_query,
    source_named,
    words_of,
)
from bot.search.index import DocRow
from bot.search.words import LEAST_PREFIX
from bot.store import Store
from tests.bot.conftest import EIGHT, NOVA

ALL = Filter()


# Words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("The volume driver", ["the", "volume", "driver"]),
        ("Straße, Müller & Œuvre: déjà-vu!", ["strasse", "muller", "oeuvre", "deja", "vu"]),
        ("cafe\u0301 CAFÉ", ["cafe", "cafe"]),
        (
            "snake_case, l-12, https://bugs.example/42",
            ["snake", "case", "l", "12", "https", "bugs", "example", "42"],
        ),
        ("ﬁne ＡＢＣ ½ İstanbul", ["fine", "abc", "12", "istanbul"]),
        ("会議 です", ["会", "議", "て", "す"]),
        ("हिन्दी עִבְרִית", ["हनद", "עברית"]),
        ("!!! -- ''", []),
        ("x" * 100, ["x" * 64]),
    ],
)
def test_words_are_compared_without_case_accents_and_signs(said: str, words: list[str]) -> None:
    assert words_of(said) == words


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("volume driver", Query((Part(("volume",)), Part(("driver",))))),
        ('"volume driver"', Query((Part(("volume", "driver")),))),
        ('"volume driver', Query((Part(("volume", "driver")),))),
        ("live-migration", Query((Part(("live", "migration")),))),
        ("migr* mi*", Query((Part(("migr",), is_prefix=True), Part(("mi",))))),
        ('"live migr"*', Query((Part(("live", "migr"), is_prefix=True),))),
        ('a -b -"c d"', Query((Part(("a",)),), (Part(("b",)), Part(("c", "d"))))),
        ("a a A", Query((Part(("a",)),))),
        ("- * ( ) AND OR NOT NEAR", Query(tuple(Part((word,)) for word in ("and", "or", "not", "near")))),
        ("", Query()),
        (
            " ".join(map(str, range(20))),
            Query(tuple(Part((str(n),)) for n in range(MOST_PARTS)), is_cut=True),
        ),
    ],
)
def test_what_is_typed_is_read_as_it_was_meant(typed: str, query: Query) -> None:
    assert read_query(typed) == query


@given(st.text(max_size=60))
def test_a_text_that_is_typed_as_it_stands_is_marked_whole_words(said: str) -> None:
    pieces = marked(said, read_query(said), around=1_000)
    assert "".join(piece for piece, _ in pieces) == said


@given(st.text(), st.text(), st.integers(20, 400))
def test_marking_never_fails_and_shows_no_more_than_there_is(said: str, typed: str, around: int) -> None:
    pieces = marked(said, read_query(typed), around)
    whole = "".join(piece for piece, _ in pieces)
    assert whole.strip("\N{HORIZONTAL ELLIPSIS}") in said + "\N{HORIZONTAL ELLIPSIS}" or whole == said
    assert len(whole) <= around + 2


@given(
    st.text(alphabet="ab1B _-.", max_size=40),
    st.lists(st.from_regex(r"[ab1]{1,3}\*?", fullmatch=True), min_size=1, max_size=3).map(" ".join),
)
def test_plain_text_is_marked_as_any_other(said: str, typed: str) -> None:
    hits = [piece for piece, is_hit in marked(said, read_query(typed)) if is_hit]
    assert hits == [piece for piece, is_hit in marked(f"{said} \N{EURO SIGN}", read_query(typed)) if is_hit]


@pytest.mark.parametrize(
    ("said", "typed", "expected"),
    [
        ("Der Müller mahlt", "muller", "Der [Müller] mahlt"),
        ("live migration migrates", '"live migration" migr*', "[live migration] [migrates]"),
        ("<b>bold</b>", "b", "<[b]>bold</[b]>"),
        ("one two", "-two one", "[one] two"),
        ("cafe\u0301s", "café*", "[cafe\u0301s]"),
    ],
)
def test_hits_are_marked_by_the_words_that_find_them(said: str, typed: str, expected: str) -> None:
    pieces = marked(said, read_query(typed))
    assert "".join(f"[{piece}]" if is_hit else piece for piece, is_hit in pieces) == expected


def test_of_a_long_text_the_piece_with_the_hit_is_shown() -> None:
    said = f"{'word ' * 500}needle {'word ' * 500}"
    whole = "".join(piece for piece, _ in marked(said, read_query("needle")))
    assert "needle" in whole
    assert len(whole) < 310
    assert whole[0] == whole[-1] == "\N{HORIZONTAL ELLIPSIS}"


# The index


def said(*texts: str, room: Room = NOVA, since: int = 0) -> list[Line]:
    return [
        Line(room, EIGHT + timedelta(seconds=number), Kind.SAID, Actor("oftc", "bob"), words)
        for number, words in enumerate(texts, since)
    ]


def take_in(session: Session, lines_: list[Line], *, kind: str = "line", team: str = "") -> int:
    """Store lines and index them; the number of their room."""
    room = lines_[0].room
    first, _ = lines.add_old_lines(session, room, lines_)
    room_id = lines.room_id_of(session, room)
    source = source_named(session, f"test {room}", room_id, team)
    put(
        session,
        source,
        {
            seq: [Document(seq, line.time, kind, line.text, (line.actor.nick,), seq)]
            for seq, line in enumerate(lines_, first)
        },
    )
    return room_id


def hits(session: Session, typed: str, chosen: Filter = ALL, **place: int) -> list[Hit]:
    return read_hits(session.connection(), find(session.connection(), read_query(typed), chosen, 50, **place))


def texts(session: Session, typed: str, chosen: Filter = ALL) -> list[str]:
    return [hit.text for hit in hits(session, typed, chosen)]


def test_the_newest_come_first_and_pages_go_on_where_the_last_ended(store: Store) -> None:
    def run(session: Session) -> None:
        take_in(session, said(*(f"volume {number}" for number in range(120))))
        first = hits(session, "volume")
        assert [hit.text for hit in first] == [f"volume {number}" for number in range(119, 69, -1)]
        second = hits(session, "volume", before=first[-1].id)
        assert [hit.text for hit in second] == [f"volume {number}" for number in range(69, 19, -1)]
        assert hits(session, "volume", after=second[0].id) == first
        assert count(session.connection(), read_query("volume"), ALL, 100) == 100
        assert count(session.connection(), read_query("volume"), ALL, 1_000) == 120

    store.write_now(run)


def test_lines_of_the_same_moment_have_ids_of_their_own_in_their_order(store: Store) -> None:
    def run(session: Session) -> None:
        for turn in range(3):
            same = [line.replace(time=EIGHT) for line in said(*(f"{turn} volume {n}" for n in range(300)))]
            take_in(session, same)
        found = find(session.connection(), read_query("volume"), ALL, 2_000)
        assert len(found) == len(set(found)) == 900
        assert [hit.text for hit in read_hits(session.connection(), found[:2])] == [
            "2 volume 299",
            "2 volume 298",
        ]

    store.write_now(run)


def test_what_was_put_at_a_place_before_is_replaced(store: Store) -> None:
    def run(session: Session) -> None:
        room_id = take_in(session, said("the old driver"))
        source = source_named(session, f"test {NOVA}", room_id)
        item = Document(1, EIGHT, "agreed", "a new engine", ("bob",), 1, 7)
        put(session, source, {1: [item]})
        put(session, source, {1: [item]})
        assert texts(session, "driver") == []
        assert [(hit.kind, hit.text, hit.item) for hit in hits(session, "engine")] == [
            ("agreed", "a new engine", 7)
        ]
        assert texts(session, "", Filter(kinds={"agreed"})) == ["a new engine"]

    store.write_now(run)


def test_filters_are_one_of_each(store: Store) -> None:
    other = Room("oftc", "#glance")

    def run(session: Session) -> None:
        nova = take_in(session, said("volume one"), team="nova")
        glance = take_in(session, said("volume two", room=other), kind="action")
        assert texts(session, "volume", Filter(rooms={nova})) == ["volume one"]
        assert texts(session, "volume", Filter(rooms={nova, glance})) == ["volume two", "volume one"]
        assert texts(session, "volume", Filter(rooms=())) == []
        assert texts(session, "volume", Filter(teams={"nova"})) == ["volume one"]
        assert texts(session, "volume", Filter(kinds={"action"})) == ["volume two"]
        assert texts(session, "volume", Filter(people={"BOB"}, kinds={"line"})) == ["volume one"]
        assert texts(session, "volume", Filter(since=EIGHT + timedelta(hours=1))) == []
        assert texts(session, "volume", Filter(until=EIGHT)) == []
        assert texts(session, "", Filter()) == []
        assert texts(session, "-volume", Filter(rooms={nova})) == []

    store.write_now(run)


def test_a_redaction_and_a_purge_take_lines_out(store: Store) -> None:
    def run(session: Session) -> None:
        take_in(session, said("volume one", "volume two", "volume three"))
        lines.redact(session, NOVA, {2: "[redacted]"})
        assert texts(session, "volume") == ["volume three", "volume one"]
        session.execute(text("UPDATE line SET lasting = false"))
        lines.purge(session, NOVA, EIGHT + timedelta(seconds=1), 0)
        assert texts(session, "volume") == ["volume three"]
        assert texts(session, "redacted") == []

    store.write_now(run)


def test_a_stretch_that_becomes_restricted_is_taken_out(store: Store) -> None:
    def run(session: Session) -> None:
        room_id = take_in(session, said("volume one", "volume two", "volume three"))
        forget_span(session, room_id, 2, None, derived=True)
        assert len(texts(session, "volume")) == 3
        forget_span(session, room_id, 2, None)
        assert texts(session, "volume") == ["volume one"]

    store.write_now(run)


def test_what_was_not_committed_is_neither_found_nor_lost(store: Store) -> None:
    store.write_now(lambda session: take_in(session, said("volume one")))

    def fail(session: Session) -> None:
        lines.redact(session, NOVA, {1: "[redacted]"})
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - raised above
        store.write_now(fail)
    assert store.read_now(texts, "volume") == ["volume one"]


async def test_no_word_that_was_taken_out_is_left_in_any_file(store: Store, data_dir: Path) -> None:
    secret = "xylophonquark"

    def fill(session: Session) -> None:
        chance = random.Random(1)
        letters = "abcdefghijklmnopqrstuvwxyz"
        for part in range(20):  # several segments of the index
            words = ["".join(chance.choices(letters, k=9)) for _ in range(300)]
            take_in(session, said(*words, f"the {secret}", since=1000 * part))

    def places(session: Session) -> list[int]:
        return list(
            session.scalars(
                select(DocRow.seq).where(
                    DocRow.id.in_(find(session.connection(), read_query(secret), ALL, 99))
                )
            )
        )

    def traces() -> list[Path]:
        return [file for file in data_dir.glob("muster.db*") if secret[3:].encode() in file.read_bytes()]

    store.write_now(fill)
    assert traces()
    gone = store.read_now(places)
    assert len(gone) == 20
    store.write_now(lambda session: lines.redact(session, NOVA, dict.fromkeys(gone, "[redacted]")))
    assert store.read_now(texts, secret) == []
    await store.scrub()
    assert traces() == []
    assert len(store.read_now(texts, "th* redacted")) == 0


async def test_getting_rid_of_words_goes_on_after_a_kill(store: Store, data_dir: Path) -> None:
    store.write_now(lambda session: take_in(session, said("the xylophonquark", "a line")))
    store.write_now(lambda session: lines.redact(session, NOVA, {1: "[redacted]"}))
    assert store.write_now(compact) in {True, False}  # and here the process ends
    store.close()
    with closing(Store(store.url)) as other:
        await other.scrub()
        assert other.write_now(compact) is False
    assert not [file for file in data_dir.glob("muster.db*") if b"lophonquark" in file.read_bytes()]


TYPED = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            [
                '"',
                "*",
                "-",
                "(",
                ")",
                "^",
                ":",
                "+",
                "{",
                "}",
                "NEAR(",
                "AND",
                "OR",
                "NOT",
                "words:",
                "volume",
                "'",
            ]
        ),
        max_size=12,
    ).map(" ".join),
    st.lists(
        st.sampled_from(
            ['"', "*", "-", "volume", "\0", "\ud800", "\ue000r1", "é", "&", "|", "!", "<->", "\\"]
        )
    ).map("".join),
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Store]:
    from bot.store import database_url

    folder = tmp_path_factory.mktemp("filled")
    (folder / "muster.db").write_bytes(migrated.read_bytes())
    with closing(Store(database_url("sqlite:///muster.db", folder))) as one:
        one.write_now(lambda session: take_in(session, said("volume driver", "a Volume-driver: é!")))
        yield one


@given(TYPED)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_is_a_search(filled: Store, typed: str) -> None:
    query = read_query(typed)
    for part in (*query.wanted, *query.unwanted):
        assert all(word.isalnum() for word in part.words)
        assert not part.is_prefix or len(part.words[-1]) >= LEAST_PREFIX
    filled.read_now(lambda session: hits(session, typed))
    narrowed = Filter(kinds={typed}, people={typed}, teams={typed})
    filled.read_now(lambda session: hits(session, typed, narrowed))


@given(st.text(max_size=40))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_line_is_found_by_its_own_words(filled: Store, words: str) -> None:
    if not words_of(words) or read_query(words).is_cut or "-" in words or '"' in words:
        return

    def run(session: Session) -> None:
        seq = take_in_one(session, words)
        quoted = f'"{words}"'
        assert seq in [hit.seq for hit in hits(session, quoted)]
        room_id = lines.room_id_of(session, NOVA)
        forget_places(session, room_id, [seq])
        assert seq not in [hit.seq for hit in hits(session, quoted)]

    filled.write_now(run)


def take_in_one(session: Session, words: str) -> int:
    (line,) = said(words)
    line = lines.storable(line)
    take_in(session, [line])
    return session.scalar(select(DocRow.seq).order_by(DocRow.seq.desc()).limit(1)) or 0
