"""``.html``: the minutes as a page."""

from __future__ import annotations

from plugins.meetings.forms import outline
from plugins.meetings.forms.frame import file_href, frame
from plugins.meetings.forms.lines import Times
from plugins.meetings.minutes import DECISIONS, Minutes, by_person


def write_page(minutes: Minutes, times: Times, name: str) -> list[str]:
    """The minutes' page, in pieces; ``name`` is what the files are called, without an ending."""
    return frame(
        "page.html",
        minutes=minutes,
        title=outline.title_of(minutes),
        footer=outline.footer_of(minutes),
        times=times,
        name=name,
        log=f"{file_href(name)}.log.html",
        people=outline.present(minutes.attendees),
        regrets=[person for person in minutes.attendees if person.regrets],
        left_over=[point for point in minutes.agenda if point.state == "waiting"],
        decision_kinds=DECISIONS,
        by_person=by_person,
        choice_name=outline.choice_name,
        choice_voters=outline.choice_voters,
        outcome=outline.outcome,
        action_tail=outline.action_tail,
        old_owners=outline.old_owners,
        old_number=outline.old_number,
    )
