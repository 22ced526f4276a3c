"""What IRC and XMPP have in common: connecting again, ticking, writing, coming into rooms, accounts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Actor, Kind, Line, Room
from bot.networks import reconnecting
from bot.networks.accounts import Accounts
from bot.networks.backoff import ROOM_LONGEST, Backoff, Failure, Loss, room_wait
from bot.networks.base import Known, PermanentError
from bot.networks.entering import HOLD, LATE, Entering, deliver, finish, hold, leave
from bot.networks.events import Entered, Heard
from bot.networks.protocol import ProtocolSession, ProtocolState
from bot.networks.reconnecting import Reconnecting
from bot.networks.ticking import Ticking
from bot.networks.writing import Writing, has_gone
from bot.settings import TrustedMask

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROOM = Room("net", "#nova")


class Quick(Backoff):
    """Waits for nothing, and tells what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[object] = []

    def succeeded(self) -> None:
        self.asked.append("good")

    def after(self, failure: Failure) -> timedelta:
        self.asked.append(failure)
        return timedelta(0)


class Losses:
    """Connections that are lost one after the other; then one that stays."""

    def __init__(self, *losses: Loss) -> None:
        self.losses = list(losses)
        self.stays = asyncio.Event()

    async def connect(self) -> Loss:
        if not self.losses:
            self.stays.set()
            await asyncio.Event().wait()
        return self.losses.pop(0)


async def stays(one: Reconnecting, losses: Losses) -> None:
    """Lose all of them, and be cancelled on the connection that stays."""
    task = asyncio.create_task(one.forever(losses.connect))
    await losses.stays.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class TestConnectingAgain:
    async def test_each_loss_is_tried_again_as_its_kind_is(self) -> None:
        quick = Quick()
        losses = Losses(Loss("cut"), Loss("too many", Failure.THROTTLED), Loss("cut"))
        await stays(Reconnecting("net", quick), losses)
        assert quick.asked == [Failure.TEMPORARY, Failure.THROTTLED, Failure.TEMPORARY]

    async def test_one_that_stood_is_good(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reconnecting, "STOOD", 0.0)
        quick = Quick()
        await stays(Reconnecting("net", quick), Losses(Loss("cut")))
        assert quick.asked == ["good", Failure.TEMPORARY]

    async def test_what_cannot_be_helped_ends_it(self) -> None:
        losses = Losses(Loss("a wrong password", Failure.PERMANENT))
        with pytest.raises(PermanentError, match="net: a wrong password"):
            await Reconnecting("net", Quick()).forever(losses.connect)

    async def test_but_not_what_has_worked(self, caplog: pytest.LogCaptureFixture) -> None:
        quick = Quick()
        one = Reconnecting("net", quick)
        one.has_worked = True
        await stays(one, Losses(Loss("banned", Failure.PERMANENT)))
        assert quick.asked == [Failure.THROTTLED]
        assert "net: banned" in caplog.text

    @given(st.integers(0, 10_000), st.randoms())
    def test_a_room_is_tried_again_within_its_longest(self, attempts: int, chance: random.Random) -> None:
        wait = room_wait(attempts, chance)
        assert timedelta(seconds=2.5) <= wait <= ROOM_LONGEST
        if attempts > 20:
            assert wait >= ROOM_LONGEST / 2


class TestTicking:
    async def test_what_is_due_is_done_though_what_was_due_before_failed(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        due: list[datetime] = [NOW, NOW]
        done = asyncio.Event()

        def tick() -> None:
            due.pop()
            if due:
                raise RuntimeError
            done.set()

        ticking = Ticking("net", lambda: NOW, lambda: due[-1] if due else None, tick)
        ticking.plan()
        await done.wait()
        assert caplog.text.count("what was due could not be done") == 1

    async def test_nothing_is_done_once_nothing_is_due(self) -> None:
        due: list[datetime] = [NOW]
        ticking = Ticking("net", lambda: NOW, lambda: due[-1] if due else None, lambda: pytest.fail("late"))
        ticking.plan()
        due.clear()
        ticking.plan()
        await asyncio.sleep(0)
        await asyncio.sleep(0)


class TestWriting:
    async def test_it_sends_when_it_is_woken_and_when_time_has_come(self) -> None:
        writing, sent = Writing(), asyncio.Event()
        waits: list[float | None] = [None, 0.0, None]  # the last asked first
        writer = asyncio.create_task(writing.run(sent.set, lambda: waits.pop()))
        await sent.wait()
        sent.clear()
        writing.wake()
        await sent.wait()  # woken
        sent.clear()
        await sent.wait()  # in no time
        writer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writer
        assert waits == []

    @pytest.mark.parametrize("answer", [True, False])
    async def test_who_waits_is_told_once(self, *, answer: bool) -> None:
        def ask(then: Callable[[bool], None]) -> None:
            then(answer)
            then(not answer)

        assert await has_gone(ask) is answer


@dataclass
class Place:
    """A room that we are in."""

    room: Room
    entering: Fetching | None = None


class Fetching(Entering):
    """An entry that fetches until told otherwise."""

    is_fetching = True


class Protocol(ProtocolSession[object]):
    """A protocol without a wire, in one room."""

    def __init__(self, known: Known | None) -> None:
        self.state = ProtocolState("net", "muster", lambda _room: known, NOW)
        self.place = Place(ROOM)
        self.entry = Fetching(known, NOW)
        hold(self.state, self.place, self.entry)

    def say(self, text: str, id_: str) -> None:
        deliver(self.state, self.place, line(text, id_))

    def told(self) -> Sequence[object]:
        return self._events()


def line(text: str, id_: str, time: datetime = NOW) -> Line:
    return Line(ROOM, time, Kind.SAID, Actor("net", "alice"), text, id_)


def missed(text: str, id_: str) -> Line:
    return line(text, id_, NOW - timedelta(minutes=5)).replace(history=True)


KNOWN = Known(NOW - timedelta(hours=1), frozenset())


class TestEntering:
    def test_without_a_past_the_first_live_line_enters(self) -> None:
        one = Protocol(None)
        one.say("hello", "1")
        assert one.told() == [Entered(ROOM, (), True), Heard(line("hello", "1"))]

    def test_history_comes_first_and_nothing_twice(self) -> None:
        one = Protocol(KNOWN)
        one.say("now", "2")
        assert one.told() == ()
        one.entry.history = [missed("then", "1"), missed("now", "2")]
        one.entry.complete = True
        finish(one.state, one.place, one.entry)
        assert one.told() == [Entered(ROOM, (missed("then", "1"),), True), Heard(line("now", "2"))]
        one.say("later", "3")
        assert one.told() == [Heard(line("later", "3"))]

    def test_what_is_late_leaves_a_gap_and_may_still_come(self) -> None:
        one = Protocol(KNOWN)
        one.say("now", "2")
        one.entry.history = [missed("then", "1")]
        entered, heard = one.tick(NOW + HOLD)
        assert isinstance(entered, Entered)
        assert [each.kind for each in entered.history] == [Kind.SAID, Kind.GAP]
        assert entered.history[-1].data["since"] == (NOW - timedelta(minutes=5)).isoformat()
        assert entered.history[-1].time == NOW
        assert heard == Heard(line("now", "2"))
        assert one.place.entering is one.entry
        assert one.due == NOW + HOLD + LATE
        assert one.tick(NOW + HOLD + LATE) == ()
        assert one.place.entering is None

    def test_who_leaves_hears_first_what_was_held(self) -> None:
        one = Protocol(KNOWN)
        one.say("now", "2")
        leave(one.state, one.place)
        entered, heard = one.told()
        assert isinstance(entered, Entered)
        assert [each.kind for each in entered.history] == [Kind.GAP]
        assert heard == Heard(line("now", "2"))
        assert one.due is None


class TestWhoseAccountCounts:
    masks = (TrustedMask("Bob!*@bob.example", "bob"),)

    def test_what_the_network_says_goes_before_masks(self) -> None:
        accounts = Accounts(self.masks, ignore_case=True)
        assert accounts.of("robert", "Bob", "b@bob.example") == "robert"
        assert accounts.of(None, "Bob", "b@bob.example") == "bob"
        assert accounts.of(None, "Bob", "b@eve.example") is None
        assert accounts.of(None, "Bob", None) is None

    def test_case_counts_where_nicks_differ_by_it(self) -> None:
        assert Accounts(self.masks, ignore_case=True).of(None, "BOB", "b@bob.example") == "bob"
        assert Accounts(self.masks, ignore_case=False).of(None, "BOB", "b@bob.example") is None

    def test_an_account_that_cannot_all_be_seen_is_none(self) -> None:
        assert Accounts((), ignore_case=True).of("bo\N{ZERO WIDTH SPACE}b", "bob", None) is None
