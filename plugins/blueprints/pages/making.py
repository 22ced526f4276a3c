"""What the pages are made with: their templates, and what these say of a milestone."""

from __future__ import annotations

from datetime import date

from bot.text import one_line
from bot.web import Templates
from plugins.blueprints.addresses import blueprint_path, list_path, milestone_path
from plugins.blueprints.pages.shown import web_address, without_address
from plugins.blueprints.progress import days_to
from plugins.rosters import person_path, person_word, shown_name, team_path
from plugins.tracker import Milestone

templates = Templates(
    __file__,
    blueprint_path=blueprint_path,
    milestone_path=milestone_path,
    list_path=list_path,
    team_path=team_path,
    person_path=person_path,
    person_word=person_word,
    shown_name=shown_name,
    without_address=without_address,
    web_address=web_address,
    line=one_line,
)


def due(milestone: Milestone, today: date) -> str:
    """When a milestone is due, in words; nothing where that is not known."""
    return "" if milestone.due is None else f"{milestone.due}, {days_to(milestone.due, today)}"
