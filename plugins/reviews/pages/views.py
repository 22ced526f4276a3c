"""Reviews on the pages of teams and people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import Json
from bot.plugin import About, Part, Subject
from bot.text import one_line
from bot.web import Reader, Templates
from plugins.reviews.picking import is_by
from plugins.reviews.ranking import Ranked
from plugins.rosters import Person, Team, person_path, shown_name

if TYPE_CHECKING:
    from plugins.reviews.foundation import Foundation

_templates = Templates(__file__, person_path=person_path, shown_name=shown_name)
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """A review as it is shown: what it is called, who has it; ``url`` only where it leads to the web."""

    name: str
    title: str
    url: str
    standing: str
    why: str
    holder: Person | None

    @property
    def data(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "url": self.url,
            "standing": self.standing,
            "why": self.why,
            "holder": shown_name(self.holder) if self.holder is not None else None,
        }


class Views:
    """The parts of one running plugin."""

    def __init__(self, reviews: Foundation) -> None:
        self._of = reviews

    async def parts(self, about: Subject, reader: Reader) -> list[Part]:
        """What waits longest for a team; what somebody does, and what of theirs waits."""
        if about.about is About.TEAM:
            team = self._of.roster.teams.get(about.name)
            if team is None or team.is_retired:
                return []
            await self._of.glance()
            return self._of_team(team, reader)
        person = self._of.roster.named(about.name) if about.about is About.PERSON else None
        if person is None:
            return []
        await self._of.glance()
        return self._of_person(person, reader)

    def _of_team(self, team: Team, reader: Reader) -> list[Part]:
        waiting = sorted(self._of.waiting(team), key=lambda one: -one.waited)
        if not waiting:
            return []
        shown = [self._shown(one) for one in waiting]
        groups = [("", shown[:_SHOWN])]
        html = _templates.part(
            reader,
            "reviews.html",
            groups=groups,
            more=len(shown) - _SHOWN,
            as_of=self._of.as_of(*(one.review.source for one in waiting)),
        )
        return [Part("reviews", "Reviews that wait longest", html, [one.data for one in shown], 42)]

    def _of_person(self, person: Person, reader: Reader) -> list[Part]:
        reviews = self._of.reviews.values()
        held = [self._of.weighed(one) for one in self._of.held_by(person)]
        own = self._of.ranked([one for one in reviews if one.is_open and is_by(person, one.author)])
        if not held and not own:
            return []
        groups: Sequence[tuple[str, list[Shown]]] = [
            (title, [self._shown(one) for one in found[:_SHOWN]])
            for title, found in (("Does", held), ("Wrote", own))
            if found
        ]
        html = _templates.part(reader, "reviews.html", groups=groups, more=0, as_of="")
        data: dict[str, Json] = {
            "does": [self._shown(one).data for one in held],
            "wrote": [self._shown(one).data for one in own],
        }
        return [Part("reviews", "Reviews", html, data, 36)]

    def _shown(self, one: Ranked) -> Shown:
        review = one.review
        is_web = review.url.startswith(("https://", "http://"))
        return Shown(
            self._of.called(review),
            one_line(review.title),
            review.url if is_web else "",
            review.standing,
            one.why,
            self._of.holder(review),
        )
