"""The journal: lines in order, durable before they are confirmed, each kept once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import PoolProxiedConnection

from bot import journal as journaling
from bot import lines
from bot.builtin import DisabledRow
from bot.journal import Journal
from bot.lines import LineRow
from bot.model import Actor, Kind, Line, Room
from bot.store import Store, insert_rows

NOVA = Room("oftc", "#nova")
GLANCE = Room("oftc", "#glance")

Said = Callable[..., Line]


async def redact(journal: Journal, room: Room, texts: dict[int, str]) -> None:
    """As a plugin does it: in a transaction, and then out of every file."""
    await journal.settled()
    await journal._store.write(lines.redact, room, texts)
    await journal._store.scrub()


@pytest.fixture
def journal(store: Store) -> Journal:
    return Journal(store)


class Disk:
    """The disk under a store. ``full_at`` says where writing fails; ``refused`` is set once something was
    refused, and then writing works again if ``free_soon``.
    """

    def __init__(self, store: Store) -> None:
        self.refused = asyncio.Event()
        self.free_soon = True
        self.full_at = ""
        self._store = store
        for at in ("before_cursor_execute", "commit"):
            event.listen(store._writing, at, partial(self._fail, at))
        dialect = store._writing.dialect
        commit = dialect.do_commit

        def commits(connection: PoolProxiedConnection) -> None:
            commit(connection)
            self._fail("after commit")

        setattr(dialect, "do_commit", commits)  # noqa: B010 - it is a method, to a type checker

    def _fail(self, at: str, *_anything: object) -> None:
        if at == self.full_at:
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    async def pause(self, _seconds: float) -> None:
        """What the journal does between two tries."""
        self.refused.set()
        if self.free_soon:
            self.full_at = ""
            self.pages(1_000_000)
        await asyncio.to_thread(lambda: None)

    def pages(self, number: int) -> None:
        """Let SQLite's file have so many pages at most, or as many as it has."""
        connection = self._store._writing.raw_connection()
        connection.cursor().execute(f"PRAGMA max_page_count={number}")
        connection.close()


@pytest.fixture
def disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> Disk:
    found = Disk(store)
    monkeypatch.setattr(journaling, "_pause", found.pause)
    return found


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(LineRow)) or 0


def holds(folder: Path, text: bytes) -> bool:
    """Whether any file of a folder has a text in it."""
    return any(text in file.read_bytes() for file in folder.iterdir())


async def texts(journal: Journal, room: Room = NOVA) -> list[str]:
    await journal.settled()
    return [entry.line.text for entry in await journal.lines(room, 1)]


class TestAppending:
    async def test_lines_are_numbered_in_their_room_from_one_in_the_order_in_which_they_came(
        self, journal: Journal, said: Said
    ) -> None:
        seqs = [journal.append(said(n, f"line {n}"), lasting=True).seq for n in range(3)]
        other = journal.append(said(9, "elsewhere", room=GLANCE), lasting=True)
        assert (seqs, other.seq) == ([1, 2, 3], 1)
        assert await texts(journal) == ["line 0", "line 1", "line 2"]

    async def test_lines_that_nobody_waits_for_gather_until_somebody_does(
        self, journal: Journal, said: Said, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(journaling, "GATHER", 3600.0)
        journal.append(said(0, "first"), lasting=True)
        await journal.settled()
        for number in range(1, 30):
            journal.append(said(number, f"line {number}"), lasting=True)
            await asyncio.sleep(0)
        assert (journal.commit_count, journal.waiting) == (1, 29)
        await journal.settled()
        assert (journal.commit_count, journal.waiting) == (2, 0)

    async def test_lines_that_nobody_waits_for_are_committed_all_the_same(
        self, journal: Journal, said: Said
    ) -> None:
        ends: asyncio.Queue[int] = asyncio.Queue()
        journal.on_commit = lambda rooms: ends.put_nowait(rooms[NOVA])
        async with asyncio.timeout(20):
            for number in range(1, 4):
                journal.append(said(number, f"line {number}"), lasting=True)
                assert await ends.get() == number

    async def test_everything_that_is_known_of_a_line_comes_back(self, journal: Journal, said: Said) -> None:
        line = said(
            0.000001,
            "ça va? 你好",
            actor=Actor("oftc", "Zoë", "zoe", "~z@example.org", bot=True),
            kind=Kind.NOTE,
            id="m1",
            own=True,
            history=True,
            data={"by": "你", "n": [1, None, {"x": 2.5}]},
        )
        entry = journal.append(line, lasting=True)
        await journal.settled()
        assert await journal.lines(NOVA, 1) == [entry]
        assert (await journal.lines(NOVA, 1))[0].line.data == line.data

    async def test_a_linked_room_in_which_people_talked_for_long_is_taken_up_again(
        self, journal: Journal, open_store: Callable[[], Store], said: Said
    ) -> None:
        for seconds in (0, 100, 300, 301):
            journal.append(said(seconds, f"at {seconds}", id=f"{seconds}"), lasting=True)
            journal.append(said(seconds, "there").replace(place=GLANCE), lasting=True)
        await journal.settled()
        again = Journal(open_store())
        await again.open({NOVA: (NOVA, GLANCE)})
        known = again.known(NOVA)
        assert known is not None
        assert known.time == said(301, "").time
        assert known.ids == {"300", "301"}

    async def test_a_part_of_a_room_is_read_by_place(self, journal: Journal, said: Said) -> None:
        for n in range(1, 6):
            journal.append(said(n, str(n)), lasting=True)
        await journal.settled()
        assert [entry.line.text for entry in await journal.lines(NOVA, 2, 4)] == ["2", "3", "4"]

    async def test_numbers_go_on_after_a_restart(
        self, journal: Journal, open_store: Callable[[], Store], said: Said
    ) -> None:
        journal.append(said(0, "before"), lasting=True)
        await journal.settled()
        again = Journal(open_store())
        await again.open()
        assert again.append(said(1, "after"), lasting=True).seq == 2
        assert await texts(again) == ["before", "after"]

    @pytest.mark.parametrize("bad", ["a\0b", "lone \ud800 surrogate", "line\r\nbreak"])
    async def test_a_line_that_no_database_takes_is_kept_in_a_form_that_it_does(
        self, journal: Journal, said: Said, bad: str
    ) -> None:
        entry = journal.append(said(0, bad, nick="ni\0ck", data={"raw": bad}), lasting=True)
        journal.append(said(1, "next"), lasting=True)
        await journal.settled()
        assert [e.line for e in await journal.lines(NOVA, 1, 1)] == [entry.line]
        assert entry.line.text.isprintable()
        assert await texts(journal) == [entry.line.text, "next"]

    async def test_what_gathers_during_a_commit_is_committed_in_one_transaction(
        self, store: Store, journal: Journal, said: Said
    ) -> None:
        commits: list[object] = []
        event.listen(store._writing, "commit", commits.append)
        for n in range(1000):
            journal.append(said(n, "many"), lasting=True)
        await journal.settled()
        assert len(commits) == 1
        assert await store.read(count) == 1000


class TestConfirming:
    async def test_a_confirmation_comes_only_once_the_line_can_be_read_from_the_database(
        self, store: Store, journal: Journal, said: Said
    ) -> None:
        seen: list[int] = []
        journal.append(said(0, "a"), lasting=True)
        journal.after_commit(lambda: seen.append(store.read_now(count)))
        assert seen == []
        await journal.settled()
        assert seen == [1]

    async def test_with_nothing_to_commit_a_confirmation_comes_at_once(self, journal: Journal) -> None:
        seen: list[str] = []
        journal.after_commit(lambda: seen.append("now"))
        assert seen == ["now"]

    async def test_confirmations_come_in_order_those_asked_for_by_others_last(
        self, journal: Journal, said: Said
    ) -> None:
        seen: list[str] = []

        def first() -> None:
            seen.append("first")
            journal.append(said(1, "a reply"), lasting=True)
            journal.after_commit(lambda: seen.append("after the reply"))

        journal.append(said(0, "a"), lasting=True)
        journal.after_commit(first)
        journal.after_commit(lambda: seen.append("second"))
        while not journal.is_settled:
            await journal.settled()
        assert seen == ["first", "second", "after the reply"]

    async def test_a_confirmation_that_fails_costs_no_other(
        self, journal: Journal, said: Said, caplog: pytest.LogCaptureFixture
    ) -> None:
        seen: list[str] = []
        journal.append(said(0, "a"), lasting=True)
        journal.after_commit(lambda: [][0])
        journal.after_commit(lambda: seen.append("second"))
        await journal.settled()
        assert seen == ["second"]
        assert "IndexError" in caplog.text


class TestWhatIsStoredWithLines:
    async def test_it_commits_with_them_and_its_answer_comes_after(
        self, store: Store, journal: Journal, said: Said
    ) -> None:
        seen: list[tuple[int, int]] = []
        journal.append(said(0, "a"), lasting=True)
        journal.also(count, lambda found: seen.append((found, store.read_now(count))))
        journal.append(said(1, "b"), lasting=True)
        await journal.settled()
        assert seen == [(2, 2)]

    async def test_what_fails_in_it_leaves_the_lines_and_the_rest(
        self, store: Store, journal: Journal, said: Said, caplog: pytest.LogCaptureFixture
    ) -> None:
        def half(session: Session) -> None:
            session.add(DisabledRow(name="half"))
            session.flush()
            raise ValueError("a plugin's mistake")

        def whole(session: Session) -> None:
            session.add(DisabledRow(name="whole"))

        journal.append(said(0, "a"), lasting=True)
        journal.also(half)
        journal.also(whole)
        assert await texts(journal) == ["a"]
        assert await store.read(lambda s: list(s.scalars(select(DisabledRow.name)))) == ["whole"]
        assert "a plugin's mistake" in caplog.text

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO nowhere VALUES (1)",
            "SELECT " + " OR ".join(["1"] * 1001),
            "SELECT nonsense FROM line",
        ],
    )
    async def test_a_statement_that_can_never_be_run_is_its_own_mistake_and_not_the_database_s(
        self, journal: Journal, said: Said, caplog: pytest.LogCaptureFixture, statement: str
    ) -> None:
        journal.append(said(0, "a"), lasting=True)
        journal.also(lambda session: session.execute(text(statement)))
        async with asyncio.timeout(60):
            assert await texts(journal) == ["a"]
        assert "What was to be stored with 1 lines was not" in caplog.text

    async def test_it_is_tried_again_with_them_when_the_disk_was_full(
        self, store: Store, journal: Journal, said: Said, disk: Disk
    ) -> None:
        disk.full_at = "commit"
        journal.append(said(0, "a"), lasting=True)
        journal.also(lambda session: session.add(DisabledRow(name="once")))
        await journal.settled()
        assert disk.refused.is_set()
        assert await texts(journal) == ["a"]
        assert await store.read(lambda s: list(s.scalars(select(DisabledRow.name)))) == ["once"]


class TestAFailingDatabase:
    @pytest.mark.parametrize("at", ["before_cursor_execute", "commit"])
    async def test_loses_nothing_and_confirms_nothing_until_it_works_again(
        self, journal: Journal, said: Said, disk: Disk, at: str
    ) -> None:
        confirmed: list[str] = []
        disk.full_at, disk.free_soon = at, False
        journal.append(said(0, "first"), lasting=True)
        journal.after_commit(lambda: confirmed.append("first"))
        await disk.refused.wait()
        journal.append(said(1, "second"), lasting=True)
        journal.append(said(2, "in a new room", room=GLANCE), lasting=True)
        journal.after_commit(lambda: confirmed.append("second"))
        assert (confirmed, journal.waiting) == ([], 3)
        disk.full_at = ""
        await journal.settled()
        assert (confirmed, journal.waiting) == (["first", "second"], 0)
        assert await texts(journal) == ["first", "second"]
        assert await texts(journal, GLANCE) == ["in a new room"]

    async def test_that_commits_and_does_not_say_so_has_each_line_once_and_none_is_called_lost(
        self, store: Store, journal: Journal, said: Said, disk: Disk, caplog: pytest.LogCaptureFixture
    ) -> None:
        disk.full_at = "after commit"
        journal.append(said(0, "first"), lasting=True)
        journal.append(said(1, "second"), lasting=True)
        stored: list[int] = []
        journal.also(count, stored.append)
        assert await texts(journal) == ["first", "second"]
        assert stored == [2]
        assert disk.refused.is_set()
        assert "is lost" not in caplog.text

    async def test_that_has_no_room_for_a_long_line_takes_it_later_and_the_log_does_not_repeat_it(
        self, journal: Journal, said: Said, disk: Disk, caplog: pytest.LogCaptureFixture
    ) -> None:
        disk.pages(1)
        journal.append(said(0, "a secret " * 10_000), lasting=True)
        assert await texts(journal) == ["a secret " * 10_000]
        assert disk.refused.is_set()
        assert "database or disk is full" in caplog.text
        assert "a secret" not in caplog.text


class TestALineThatTheDatabaseNeverTakes:
    async def test_is_dropped_and_logged_and_holds_up_no_other(
        self, store: Store, journal: Journal, said: Said, disk: Disk, caplog: pytest.LogCaptureFixture
    ) -> None:
        def squat(session: Session) -> None:
            row = {**lines.to_row(said(1, "squatter"), 2, lasting=True), "room_id": 1}
            insert_rows(session, LineRow, [row])

        journal.append(said(0, "1"), lasting=True)
        await journal.settled()
        await store.write(squat)
        for n in (2, 3):
            journal.append(said(n, str(n)), lasting=True)
        stored: list[str] = []
        journal.also(lambda session: session.add(DisabledRow(name="x")), lambda _: stored.append("x"))
        async with asyncio.timeout(60):
            assert await texts(journal) == ["1", "squatter", "3"]
        assert stored == ["x"]
        assert "does not take line 2 of oftc/#nova; it is lost" in caplog.text
        assert not disk.refused.is_set()

    async def test_nor_does_a_room_whose_name_it_does_not_take(
        self, journal: Journal, said: Said, disk: Disk
    ) -> None:
        journal.append(said(0, "lost", room=Room("oftc", "#\ud800")), lasting=True)
        journal.append(said(1, "kept"), lasting=True)
        async with asyncio.timeout(60):
            assert await texts(journal) == ["kept"]
        assert not disk.refused.is_set()


class TestHistory:
    """What a server replays is compared with the record; what the record lacks is taken in."""

    async def test_of_a_room_without_a_record_everything_is_new(self, journal: Journal, said: Said) -> None:
        assert journal.known(NOVA) is None
        assert journal.unknown(NOVA, [said(0, "a")]) == [said(0, "a")]

    async def test_the_end_of_the_record_is_what_a_network_catches_up_from(
        self, journal: Journal, said: Said
    ) -> None:
        journal.append(said(0, "a", id="1"), lasting=True)
        journal.append(said(5, "b", id="2"), lasting=True)
        known = journal.known(NOVA)
        assert known is not None
        assert (known.time, known.ids) == (said(5, "").time, frozenset({"1", "2"}))

    async def test_muster_s_own_lines_and_notes_move_the_end_not_since_they_have_another_clock(
        self, journal: Journal, said: Said
    ) -> None:
        journal.append(said(0, "a"), lasting=True)
        journal.append(said(90, "own", own=True), lasting=True)
        journal.append(said(95, "meetings.clock", kind=Kind.NOTE), lasting=True)
        known = journal.known(NOVA)
        assert known is not None
        assert known.time == said(0, "").time
        assert journal.unknown(NOVA, [said(60, "missed")]) == [said(60, "missed")]

    async def test_a_line_with_a_known_id_is_a_repeat_whatever_else_differs(
        self, journal: Journal, said: Said
    ) -> None:
        journal.append(said(0, "a", id="1"), lasting=True)
        assert journal.unknown(NOVA, [said(1.5, "a", id="1"), said(1.5, "a", id="2")]) == [
            said(1.5, "a", id="2")
        ]

    async def test_without_ids_the_same_words_within_two_seconds_are_a_repeat(
        self, journal: Journal, said: Said
    ) -> None:
        journal.append(said(0.9, "a"), lasting=True)
        assert journal.unknown(NOVA, [said(0, "a")]) == []  # the server keeps whole seconds
        assert journal.unknown(NOVA, [said(0, "b"), said(3.5, "a")]) == [said(0, "b"), said(3.5, "a")]
        assert journal.unknown(NOVA, [said(0, "a", nick="bob")]) == [said(0, "a", nick="bob")]
        acted = said(0, "a", kind=Kind.ACTED)
        assert journal.unknown(NOVA, [acted]) == [acted]

    async def test_each_recorded_line_stands_for_one_repeat(self, journal: Journal, said: Said) -> None:
        journal.append(said(0.1, "+1"), lasting=True)
        journal.append(said(0.2, "+1"), lasting=True)
        assert journal.unknown(NOVA, [said(0, "+1")] * 3) == [said(0, "+1")]

    async def test_the_same_line_in_two_overlapping_batches_is_taken_in_once(
        self, journal: Journal, said: Said
    ) -> None:
        journal.append(said(0, "a"), lasting=True)
        assert journal.unknown(NOVA, [said(5, "b", id="2"), said(5, "b", id="2")]) == [said(5, "b", id="2")]

    async def test_a_redacted_line_stands_for_what_its_author_said(
        self, journal: Journal, said: Said
    ) -> None:
        journal.append(said(0.4, "a password"), lasting=True)
        await redact(journal, NOVA, {1: "[redacted by alice at 20:00:09 UTC]"})
        again = Journal(journal._store)
        await again.open()
        for either in (journal, again):
            assert either.unknown(NOVA, [said(0, "a password")]) == []
            assert either.unknown(NOVA, [said(0, "no", nick="bob")]) == [said(0, "no", nick="bob")]

    async def test_nothing_older_than_the_record_s_end_is_taken_in(
        self, journal: Journal, said: Said
    ) -> None:
        """It was heard when it was said, and is in the record if it was to be kept: not ``[off]``."""
        journal.append(said(100, "last"), lasting=True)
        assert journal.unknown(NOVA, [said(50, "[off] never kept"), said(97, "x")]) == []

    async def test_all_of_it_holds_after_a_restart(
        self, journal: Journal, open_store: Callable[[], Store], said: Said
    ) -> None:
        journal.append(said(0, "old"), lasting=True)
        journal.append(said(100.2, "a", id="1"), lasting=True)
        journal.append(said(100.7, "b"), lasting=True)
        journal.append(said(140, "own", own=True), lasting=True)
        await journal.settled()
        again = Journal(open_store())
        await again.open()
        history = [said(0, "old"), said(100, "a", id="1"), said(100, "b"), said(101, "new")]
        assert again.unknown(NOVA, history) == [said(101, "new")]

    async def test_a_room_where_for_long_nobody_spoke_but_muster_is_caught_up_too(
        self, journal: Journal, open_store: Callable[[], Store], said: Said
    ) -> None:
        journal.append(said(0, "hello"), lasting=True)
        for n in range(journaling._RECENT):
            journal.append(said(n + 1, "own", own=True), lasting=True)
        await journal.settled()
        again = Journal(open_store())
        await again.open()
        assert again.known(NOVA) is not None

    async def test_late_history_is_compared_with_the_end_as_it_was_before_the_live_lines(
        self, journal: Journal, said: Said
    ) -> None:
        journal.append(said(0, "before the split"), lasting=True)
        assert journal.unknown(NOVA, []) == []
        journal.append(said(100, "live again"), lasting=True)
        missed = said(50, "missed")
        assert journal.unknown(NOVA, [said(0, "before the split")], late=True) == []
        assert journal.unknown(NOVA, [missed], late=True) == [missed]
        journal.append(missed, lasting=True)
        assert journal.unknown(NOVA, [missed], late=True) == []

    async def test_what_is_remembered_of_a_room_is_bounded(self, journal: Journal, said: Said) -> None:
        for n in range(2000):
            journal.append(said(n / 100, "fast", id=f"f{n}"), lasting=True)
        known = journal.known(NOVA)
        assert known is not None
        assert len(known.ids) == journaling._RECENT
        journal.append(said(1000, "much later", id="late"), lasting=True)
        known = journal.known(NOVA)
        assert known is not None
        assert known.ids == {"late"}
        await journal.settled()

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        spoken=st.lists(
            st.tuples(st.sampled_from(["alice", "bob"]), st.sampled_from(["+1", "no", ""]), st.booleans()),
            max_size=30,
        ),
        heard=st.integers(0, 30),
    )
    def test_whatever_was_heard_before_the_loss_history_brings_the_rest_once(
        self, store: Store, said: Said, spoken: list[tuple[str, str, bool]], heard: int
    ) -> None:
        """A line each three seconds, so that times tell them apart; some servers give ids and some do not."""
        lines = [
            said(3 * n + 0.4, text, nick=nick, id=f"id{n}" if has_id else None)
            for n, (nick, text, has_id) in enumerate(spoken)
        ]
        replayed = [line.replace(time=line.time.replace(microsecond=0), history=True) for line in lines]

        async def story() -> list[tuple[str, str]]:
            journal = Journal(store)
            told = [journal.append(line, lasting=False).line for line in lines[:heard]]
            told += journal.unknown(NOVA, replayed)
            journal._pending.clear()
            await journal.settled()
            return [(line.actor.nick, line.text) for line in told]

        assert asyncio.run(story()) == [(line.actor.nick, line.text) for line in lines]


class TestRedactingAndPurging:
    async def test_a_redaction_replaces_the_text_and_drops_the_data(
        self, journal: Journal, said: Said
    ) -> None:
        journal.append(said(0, "my password is hunter2", data={"x": "hunter2"}), lasting=True)
        journal.append(said(1, "oops"), lasting=True)
        await redact(journal, NOVA, {1: "[redacted]"})
        first, second = await journal.lines(NOVA, 1)
        assert (first.line.text, dict(first.line.data), second.line.text) == ("[redacted]", {}, "oops")

    async def test_a_redaction_leaves_the_text_in_no_file_of_the_database(
        self, journal: Journal, said: Said, data_dir: Path
    ) -> None:
        journal.append(said(0, "my password is hunter2"), lasting=True)
        await journal.settled()
        assert holds(data_dir, b"hunter2")
        await redact(journal, NOVA, {1: "[redacted]"})
        assert not holds(data_dir, b"hunter2")

    async def test_passing_lines_that_are_old_are_purged_and_lasting_ones_stay(
        self, journal: Journal, said: Said, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lines, "AT_ONCE", 3)  # several transactions
        for n in range(20):
            journal.append(said(n, str(n)), lasting=n % 5 == 0)
        await journal.settled()
        assert await journal.purge(NOVA, said(12, "").time) == 9
        assert await texts(journal) == ["0", "5", "10", *map(str, range(12, 20))]
        assert await journal.purge(GLANCE, said(12, "").time) == 0

    async def test_a_purged_place_is_not_given_again_while_lines_behind_it_are_kept(
        self, journal: Journal, open_store: Callable[[], Store], said: Said
    ) -> None:
        for n in range(3):
            journal.append(said(n, str(n)), lasting=n == 2)
        await journal.settled()
        await journal.purge(NOVA, said(99, "").time)
        again = Journal(open_store())
        await again.open()
        assert again.append(said(5, "next"), lasting=True).seq == 4
        await again.settled()
