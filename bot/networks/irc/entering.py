"""Where the history of a channel comes from, when we have come into it.

Rules of this file:

1. From our JOIN on live lines are held, as :mod:`bot.networks.entering` has it. A room whose past nobody
   wants is entered when its names are in, or with its first live line.
2. History comes from where the server keeps it: the CHATHISTORY command (draft/chathistory), else a bouncer
   (znc.in/playback), else what the server replays by itself after a JOIN (InspIRCd's +H).
3. We ask from a little before the last line that is known. The history is complete if it reaches back to
   that; where it does not show by itself, we ask whether the server keeps anything as old.
4. What a server sends by itself, or not at all, ends with the answer to a PING sent after the JOIN: servers
   and bouncers answer in order. One such fence serves all rooms joined before it.
5. Lines of the time since our JOIN were heard live, and are left out of the history.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.networks import entering as entry
from bot.networks.base import Known
from bot.networks.entering import MAX_PAGES, OVERLAP, PAGE, finish, gap, hold
from bot.networks.events import Heard
from bot.networks.irc.batches import Batch
from bot.networks.irc.events import Identified
from bot.networks.irc.handlers import Handlers
from bot.networks.irc.lines import past
from bot.networks.irc.message import Message
from bot.networks.irc.state import Channel, State, stamp

log = logging.getLogger(__name__)
handlers = Handlers()
on = handlers.on

_FENCE = "muster-"
_PLAYBACK = "*playback"


class Stage(enum.Enum):
    """What an entry waits for."""

    NAMES = "names"  # nothing is to be caught up: the list of members
    AFTER = "after"  # CHATHISTORY: the pages since
    PROBE = "probe"  # CHATHISTORY: whether there is anything older
    PLAY = "play"  # the bouncer's buffer since
    PLAY_PROBE = "play probe"  # whether its buffer holds anything older
    FENCE = "fence"  # what the server sends by itself


_FETCHING = frozenset({Stage.AFTER, Stage.PLAY, Stage.FENCE})


class Entering(entry.Entering):
    """One channel's way from our JOIN to ``Entered``."""

    __slots__ = ("channel", "fence", "page_end", "stage")

    def __init__(self, channel: Channel, known: Known | None, joined: datetime) -> None:
        super().__init__(known, joined)
        self.channel = channel
        self.stage = Stage.NAMES
        self.fence = 0
        self.page_end = ""

    @property
    def is_fetching(self) -> bool:
        """Whether more history may be on its way."""
        return self.stage in _FETCHING

    def told_then(self) -> Sequence[Identified]:
        """Whether all who are there are known already."""
        return (Identified(self.channel.room),) if self.channel.is_identified else ()


class Fences:
    """PINGs that mark a place in what the server sends."""

    def __init__(self) -> None:
        self.sent = 0
        self.seen = 0

    def put(self, s: State) -> int:
        """Send a new one; gives its number."""
        self.sent += 1
        s.send("PING", f"{_FENCE}{self.sent}")
        return self.sent

    def next(self, s: State) -> int:
        """One that is still to be answered, if need be a new one."""
        return self.sent if self.sent > self.seen else self.put(s)


def keeps_history(s: State) -> bool:
    """Whether the server takes CHATHISTORY."""
    return not s.caps.enabled.isdisjoint({"draft/chathistory", "chathistory"})


def has_playback(s: State) -> bool:
    """Whether there is a bouncer that plays back on demand."""
    return "znc.in/playback" in s.caps.enabled


def begin(s: State, channel: Channel, joined: datetime) -> None:
    """We have joined a channel."""
    known = s.known(channel.room)
    entering = Entering(channel, known, joined)
    hold(s, channel, entering)
    if known is None:
        return
    since = known.time - OVERLAP
    if keeps_history(s):
        entering.stage = Stage.AFTER
        _ask_after(s, channel, entering, f"timestamp={stamp(since)}")
    elif has_playback(s):
        entering.stage = Stage.PLAY
        s.send("PRIVMSG", _PLAYBACK, f"PLAY {channel.name} {since.timestamp():.3f}")
        entering.fence = s.fences.put(s)
    else:
        entering.stage = Stage.FENCE
        entering.fence = s.fences.next(s)


def _ask_after(s: State, channel: Channel, entering: Entering, reference: str) -> None:
    entering.pages += 1
    entering.page_end = reference
    s.send("CHATHISTORY", "AFTER", channel.name, reference, str(_page(s)))


def _page(s: State) -> int:
    return min(s.isupport.history_limit or PAGE, PAGE)


def history_batch(s: State, batch: Batch) -> None:
    """A batch of history is complete."""
    channel = s.channel(batch.target)
    messages = batch.messages
    entering = None if channel is None else channel.entering
    if channel is None or entering is None or entering.known is None:
        return  # nobody asked for it, and nobody wants it
    if entering.stage in (Stage.PROBE, Stage.PLAY_PROBE):
        entering.complete = entering.complete or bool(messages)
        if entering.stage is Stage.PROBE:
            finish(s, channel, entering)
        return
    _take(s, channel, entering, entering.known, messages)
    if entering.stage is Stage.AFTER:
        _after(s, channel, entering, entering.known, messages)  # what was too much is in the next page
    elif batch.lost is not None:
        _lose(s, channel, entering, entering.known, batch)


def _lose(s: State, channel: Channel, entering: Entering, known: Known, batch: Batch) -> None:
    """Mark what a batch held beyond what is kept of one. From our JOIN on we heard for ourselves."""
    if batch.lost is None or not batch.messages:
        return
    since = max(known.time, s.time_of(batch.messages[-1]))
    until = min(entering.joined, s.time_of(batch.lost))
    if since >= until:
        return
    log.warning("%s: the history of %s is too long in one piece", s.network, channel.room)
    lost = gap(s, channel.room, since, until)
    if entering.late:
        s.events.append(Heard(lost.replace(history=True)))
    else:
        entering.history.append(lost)


def _take(s: State, channel: Channel, entering: Entering, known: Known, messages: Sequence[Message]) -> None:
    """Turn messages of history into lines."""
    for m in messages:
        time = s.time_of(m)
        if time <= known.time or m.tags.get("msgid") in known.ids:
            entering.complete = True
        if entering.stage is not Stage.FENCE and time >= entering.joined:
            continue
        line = past(s, m, channel.room)
        if line is None:
            continue
        if entering.late:
            s.events.append(Heard(line))
        else:
            entering.history.append(line)


def _after(s: State, channel: Channel, entering: Entering, known: Known, messages: Sequence[Message]) -> None:
    """A page of CHATHISTORY AFTER is in: ask for the next, or end."""
    if len(messages) >= _page(s):
        last = messages[-1]
        msgid = last.tags.get("msgid")
        if msgid and s.isupport.history_by_id:
            reference = f"msgid={msgid}"
        else:
            reference = f"timestamp={stamp(s.time_of(last))}"
        if (
            entering.pages < MAX_PAGES
            and reference != entering.page_end
            and s.time_of(last) < entering.joined
        ):
            _ask_after(s, channel, entering, reference)
            return
        if s.time_of(last) < entering.joined:  # there is more, and we do not get at it
            entering.cut = True
            finish(s, channel, entering)
            return
    if entering.complete or entering.late:
        finish(s, channel, entering)
        return
    entering.stage = Stage.PROBE
    before = known.time - OVERLAP + timedelta(milliseconds=1)
    s.send("CHATHISTORY", "BEFORE", channel.name, f"timestamp={stamp(before)}", "1")


@on("BATCH", params=1)
def batch(s: State, m: Message) -> None:
    """BATCH: one begins or ends."""
    reference = m.params[0]
    if reference.startswith("+") and len(m.params) > 1:
        s.batches.open(m)
    elif reference.startswith("-"):
        ended = s.batches.close(reference[1:])
        if ended is not None:
            history_batch(s, ended)


@on("PONG", params=1)
def pong(s: State, m: Message) -> None:
    """PONG: everything that the server sent before our PING is here."""
    number = m.params[-1].removeprefix(_FENCE)
    if number == m.params[-1] or not number.isascii() or not number.isdigit() or len(number) > 9:
        return
    s.fences.seen = max(s.fences.seen, int(number))
    for channel in list(s.channels.values()):
        entering = channel.entering
        if entering is None or not 0 < entering.fence <= s.fences.seen:
            continue
        entering.fence = 0
        if entering.stage is Stage.PLAY and not (entering.complete or entering.late) and entering.known:
            entering.stage = Stage.PLAY_PROBE
            until = (entering.known.time - OVERLAP).timestamp()
            s.send("PRIVMSG", _PLAYBACK, f"PLAY {channel.name} 0 {until:.3f}")
            entering.fence = s.fences.put(s)
        else:
            finish(s, channel, entering)


@on("366", params=2)
def end_of_names(s: State, m: Message) -> None:
    """RPL_ENDOFNAMES: a room whose past nobody wants is entered now."""
    channel = s.channel(m.params[1])
    if channel is not None and channel.entering is not None and channel.entering.stage is Stage.NAMES:
        finish(s, channel, channel.entering)


@on("FAIL", params=2)
def fail(s: State, m: Message) -> None:
    """FAIL CHATHISTORY code [subcommand] [target...] :why (IRCv3 standard-replies)."""
    if m.params[0].upper() != "CHATHISTORY":
        return
    named = [channel for param in m.params[2:-1] if (channel := s.channel(param)) is not None]
    for channel in named or list(s.channels.values()):
        entering = channel.entering
        if entering is not None and entering.stage in (Stage.AFTER, Stage.PROBE):
            log.warning("%s: no history of %s: %r", s.network, channel.room, m.params[-1])
            entering.cut = entering.stage is Stage.AFTER
            finish(s, channel, entering)


@on("421", params=2)
def unknown_command(s: State, m: Message) -> None:
    """ERR_UNKNOWNCOMMAND: a server that offers CHATHISTORY and does not take it keeps none."""
    if m.params[1].upper() == "CHATHISTORY":
        fail(s, Message(m.tags, m.source, "FAIL", ["CHATHISTORY", "UNKNOWN_COMMAND", m.params[-1]]))
