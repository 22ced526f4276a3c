from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, timedelta

from bot.model import Actor, Kind, Line, Room
from plugins.meetings.forms import NumberedLine, render
from plugins.meetings.logs import Format, read
from plugins.meetings.minutes import Minutes
from plugins.meetings.notes import BALLOT, BALLOTS, OPENED

Meeting = tuple[Minutes, list[NumberedLine]]


def test_the_record_reads_back_as_the_very_lines(meeting: Meeting) -> None:
    minutes, lines = meeting
    log = read(render(minutes, lines)[".json"], Format.MUSTER, room=Room("x", "#x"), zone=UTC)
    assert log.lines == tuple(one.line for one in lines)
    assert [dict(line.data) for line in log.lines] == [dict(one.line.data) for one in lines]
    assert not log.problems


def test_the_record_tells_all_that_the_minutes_do(meeting: Meeting) -> None:
    minutes, lines = meeting
    record = json.loads(render(minutes, lines)[".json"])
    assert set(record["minutes"]) == {field.name for field in dataclasses.fields(Minutes)}
    assert record["minutes"]["actions"][0]["due"] == "2026-11-27"
    assert [line["n"] for line in record["lines"] if "n" in line] == list(range(1, 20))


def test_of_secret_ballots_only_the_sums_are_written(make_meeting: Callable[[], Meeting]) -> None:
    minutes, lines = make_meeting()
    vote = minutes.votes[0]

    def ballot(nick: str, choice: str, seconds: float) -> NumberedLine:
        when = vote.started + timedelta(seconds=seconds)
        return NumberedLine(
            None,
            Line(
                lines[0].line.room,
                when,
                Kind.NOTE,
                Actor("oftc", nick, nick),
                BALLOT,
                data={"choice": choice},
            ),
        )

    place = next(at for at, one in enumerate(lines) if one.number == 14)
    # Erin changes her mind; Frank votes as the vote closes, too late, and once more after it.
    lines[place:place] = [ballot("erin", "no", 2), ballot("frank", "yes", 2.5), ballot("erin", "yes", 3)]
    end = next(at for at, one in enumerate(lines) if one.number == 15)
    lines[end + 1 : end + 1] = [ballot("gail", "yes", 11), ballot("gail", "no", 12)]
    choices = (dataclasses.replace(vote.choices[0], secret=2), vote.choices[1])
    minutes = dataclasses.replace(minutes, votes=(dataclasses.replace(vote, choices=choices),))

    content = render(minutes, lines)[".json"]
    rows = json.loads(content)["lines"]
    [at] = [at for at, row in enumerate(rows) if row.get("text") == BALLOTS]
    assert rows[at]["data"] == {"Yes": 2}
    assert (rows[at - 1]["n"], rows[at + 1]["n"]) == (13, 14)
    assert f'"{BALLOT}"' not in content
    assert "gail" not in content
    assert not any(row["nick"] in {"erin", "frank"} for row in rows)


def test_a_vote_that_still_runs_tells_nothing_of_its_secret_ballots(
    make_meeting: Callable[[], Meeting],
) -> None:
    minutes, lines = make_meeting()
    ballot = lines[0].line.replace(
        kind=Kind.NOTE, text=BALLOT, actor=Actor("oftc", "erin"), data={"choice": "yes"}
    )
    running = dataclasses.replace(minutes, ended=None, votes=(), attendees=())
    content = render(running, [*lines[:10], NumberedLine(None, ballot)])[".json"]
    assert "ballot" not in content
    assert "erin" not in content


def test_accounts_of_people_elsewhere_stay_out_of_the_record(make_meeting: Callable[[], Meeting]) -> None:
    minutes, lines = make_meeting()
    opened = lines[1].line.replace(text=OPENED, data={"zone": "UTC", "known_accounts": ["Bob", "stranger"]})
    lines[1] = NumberedLine(None, opened)
    lines[4] = NumberedLine(4, lines[4].line.replace(text="#chair @bob,carol"))
    rows = json.loads(render(minutes, lines)[".json"])["lines"]
    assert rows[1]["data"]["known_accounts"] == ["Bob"]
