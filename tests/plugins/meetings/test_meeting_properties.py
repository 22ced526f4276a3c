"""For any lines at all: nothing raises, live and replay are one, redaction included."""

import string
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import Actor, Json, Kind, Line, Room
from plugins.meetings.meeting import Meeting, fold
from plugins.meetings.notes import ALL
from plugins.meetings.opening import Opening
from plugins.meetings.profiles import PROFILES
from plugins.meetings.words import WORDS, Style
from tests.plugins.meetings.story import BEGAN, ROOM, Story

NICKS = ["alice", "bob", "carol", "Alice", "muster", "gitbot", "../x", "<b>", "ali/ce"]
TEXTS = [
    "x",
    "1",
    "2",
    "item 3",
    "l-2",
    "l-3",
    "l-5",
    "bob, carol",
    "alice",
    "everyone",
    "Q? A, B",
    "Ship? a b",
    "+1",
    "yes",
    "A",
    "1 new text",
    "2 http://x.org/(a)",
    "none",
    "import",
    "10m",
    "next",
    "bob to fix it by friday",
    "12 done",
    "[redacted by bob at 10:00:00 UTC]",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "\x02bold\x0f \u202eevil",
    "x" * 5000,
    "",
]
BARE = [
    "q+", "q+ to say x", "q- bob", "q?", "qq+ carol", "ack bob", "ack next", "close queue", "open queue",
    "agenda+ x", "agenda?", "agenda- 1", "agenda 1 = y", "next agendum", "take up item 1", "present+ A, B",
    "present-", "regrets+ C", "+1", "-1 no", "+0", "s/x/y/", "s/x/xx/g", "s/a/b/", "Topic: t", "RESOLVED: r",
    "ACTION: bob to x", "Chair: bob", "Scribe: carol", "Meeting: m", "http://x.org/a). y", "hello", "#topci",
]  # fmt: skip

commands = st.builds(
    "#{} {}".format,
    st.sampled_from(sorted(name for name, entry in WORDS.items() if entry.style is Style.HASH)),
    st.sampled_from(TEXTS) | st.text(max_size=10),
)
texts = commands | st.sampled_from(BARE) | st.text(max_size=20)
actors = st.builds(
    Actor,
    st.sampled_from(["testnet", "testnet", "testnet", "other"]),
    st.sampled_from(NICKS),
    st.sampled_from([None, None, "alice", "bob", "x"]),
    st.sampled_from([None, "a@h", "a@h", "b@h"]),
    st.sampled_from([False] * 9 + [True]),
)
json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3),
    max_leaves=5,
)
data: st.SearchStrategy[dict[str, Json]] = st.dictionaries(
    st.sampled_from(
        ["key", "state", "due", "owners", "by", "item", "text", "choice", "points", "since", "until", "+1"]
    ),
    json_values
    | st.sampled_from(
        ["nova.2026-11-22-20.00-a1", "done", "2026-01-01", 1, 2, "+1", ["a"], "0001-01-01T00:00:00+14:00"]
    ),
    max_size=4,
)
steps = st.integers(0, 30).map(lambda minutes: timedelta(minutes=minutes)) | st.just(timedelta(seconds=1))


@st.composite
def rows(draw: st.DrawFn) -> tuple[timedelta, Line]:
    kind = draw(st.sampled_from([Kind.SAID] * 12 + list(Kind)))
    text = draw(st.sampled_from(sorted(ALL))) if kind is Kind.NOTE else draw(texts)
    if kind is Kind.RENAMED:
        text = draw(st.sampled_from(NICKS))
    line = Line(
        ROOM,
        BEGAN,
        kind,
        draw(actors),
        text,
        own=draw(st.sampled_from([False] * 9 + [True])),
        history=draw(st.sampled_from([False] * 9 + [True])),
        data=draw(data) if kind in {Kind.NOTE, Kind.GAP} else {},
    )
    return draw(steps), line


stories = st.lists(rows(), max_size=40)
openings = st.builds(
    Opening,
    id=st.just("nova.2026-11-22-20.00"),
    profile=st.sampled_from(sorted(PROFILES)),
    zone=st.sampled_from(["UTC", "Asia/Kathmandu", "nonsense"]),
    own_nick=st.just("muster"),
    topic=st.just("before"),
    present=st.lists(actors, max_size=3).map(tuple),
    known_accounts=st.just(("x",)),
)
LOOSE = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def told(opening: Opening, story: list[tuple[timedelta, Line]], *, echo: bool = True) -> Story:
    """The story lived through; the owner speaks every other line, else little would happen."""
    life = Story(opening.profile, echo=echo)
    life.opening = opening
    owner = Actor("testnet", "alice", "alice", "a@h")
    time = BEGAN
    life.feed(Line(ROOM, time, Kind.SAID, owner, "#startmeeting Weekly"))
    for index, (step, line) in enumerate(story):
        time += step
        life.time = time
        if index % 2 and line.kind is Kind.SAID:
            line = line.replace(actor=owner, own=False)
        life.feed(line.replace(time=time))
    return life


@given(openings, stories)
@LOOSE
def test_live_and_replay_give_the_same_minutes(opening: Opening, story: list[tuple[timedelta, Line]]) -> None:
    life = told(opening, story)
    again = fold(life.lines, Opening(id="unused"))
    assert again.minutes() == life.minutes
    assert again.wake() == life.meeting.wake()
    assert again.line_count == life.meeting.line_count


changes = st.one_of(
    st.sampled_from(
        ["#info {}", "#topic {}", "#action bob to {}", "#link {}", "http://x.org/{}", "#accept {}"]
    ),
    st.sampled_from(["#edit 1 {}", "#edit 2 {}", "#edit 3 {}", "s/{}/secret {}/", "s/e/E/g", "s/sec/{}/"]),
    st.sampled_from(
        ["#undo", "#undo 1", "#undo 2", "#redo", "#redo 1", "#motion {}", "#endvote", "#agenda {}"]
    ),
    st.sampled_from(
        [
            "#startvote {}? {} a, no, No {}",
            "#startvote x? secret, y",
            "#vote {}",
            "#vote n",
            "+1 {}",
            "#nick {}",
        ]
    ),
    st.sampled_from(
        ["#redact l-2", "#redact l-4", "#redact l-6", "q+ {}", "agenda 1 = {}", "present+ {}, b"]
    ),
    st.sampled_from(
        ["#next", "#redact 1", "#redact 2", "#redact 3", "#redact l-3", "#redact l-5", "#topci {}"]
    ),
    st.sampled_from(["#edit 1 http://x.org {}", "chat {}", "#endmeeting", "#reopen", "+1 {}", "#timebox 1m"]),
).map(lambda text: text.replace("{}", "secret"))
speakers = st.sampled_from(["alice", "alice", "alice", "bob"])


@given(
    st.sampled_from(["w3c", "ubuntu", "hcoop"]),
    st.lists(st.tuples(speakers, changes), max_size=30),
    st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_redacting_and_folding_the_redacted_lines_come_to_the_same(
    profile: str, said: list[tuple[str, str]], echo: bool
) -> None:
    story = Story(profile, echo=echo)
    story.play("<alice> #startmeeting")
    for nick, text in said:
        story.line(f"<{nick}> {text}")
        if text == "#timebox 1m":
            story.play("++ 55s\n## meetings.clock")
        elif text == "#vote n":
            story.play('## meetings.ballot {"choice": "secret", "actor": "zoe"}')
    assert story.refolded() == story.minutes
    redacted = {item.number for item in story.meeting.items if item.redacted}
    for item in story.meeting.items:
        if item.number in redacted:
            assert "secret" not in repr(item.frozen())
    for vote in story.minutes.votes:
        if vote.question.startswith("[redacted by "):
            assert not any("secret" in choice.option for choice in vote.choices)


@given(openings, stories)
@LOOSE
def test_what_is_folded_twice_comes_to_the_same(
    opening: Opening, story: list[tuple[timedelta, Line]]
) -> None:
    life = told(opening, story, echo=False)
    assert fold(life.lines, opening).minutes() == fold(life.lines, opening).minutes()


@given(
    st.datetimes(),
    st.builds(Room, st.text(max_size=5), st.text(max_size=5)),
    st.lists(st.tuples(st.sampled_from(Kind), st.text(max_size=30), st.text(max_size=5), data), max_size=10),
)
def test_no_line_however_malformed_raises(
    when: object, room: Room, heard: list[tuple[Kind, str, str, dict[str, object]]]
) -> None:
    from datetime import UTC, datetime

    assert isinstance(when, datetime)
    first = Line(room, when.replace(tzinfo=UTC), Kind.SAID, Actor("n", "alice"), "#startmeeting")
    meeting, _ = Meeting.start(first, Opening(id=""))
    for kind, text, nick, about in heard:
        meeting.apply(first.replace(kind=kind, text=text, actor=Actor("n", nick), data=about))
        meeting.wake()
    meeting.minutes()


@given(st.lists(st.text(string.printable, max_size=30), max_size=20))
def test_replies_stay_one_short_line(said: list[str]) -> None:
    story = Story("ubuntu")
    story.play("<alice> #startmeeting")
    line = story.read("<alice> x")
    for text in said:
        for word in ("#info ", "#undo ", "#topic ", "#startvote ", "#motion ", "#vote ", "#chair ", ""):
            for row in story.feed(line.replace(text=word + text)):
                assert "\n" not in row
                assert "\r" not in row
                assert len(row.encode()) < 500
