"""What pages show of blueprints, as values for templates and as JSON. Pure.

Rule: names of the tracker's that nobody here is known by are shown up to their ``@`` alone: they may be mail
or chat addresses. Only addresses of the web become links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bot.model import Json
from bot.plugin import Change
from bot.text import one_line
from bot.web import charts, escaped, link
from plugins.blueprints.addresses import blueprint_path, list_path, milestone_path
from plugins.blueprints.filters import ALL, NONE
from plugins.blueprints.owning import Holding, Owning
from plugins.blueprints.showing import turned
from plugins.blueprints.standing import OPEN, Far, Standing
from plugins.rosters import Person, Team, person_path, shown_name, team_path
from plugins.tracker import Item

Href = Callable[[str], str]
"""The link to a path, for who reads: :meth:`bot.web.Reader.href`."""

_OPEN, _DONE = "<li>", '<li class="done">'


def listed(
    items: Iterable[Item],
    owning: Owning,
    href: Href,
    *,
    with_milestone: bool = True,
    with_team: bool = True,
) -> Markup:
    """Blueprints as a list; ``owning`` tells whose each is."""
    rows = []
    for item in items:
        whose = owning.holding(item)
        who = _whose(whose, href) if with_team else _holder(whose, href) or "nobody's yet"
        target = ""
        if with_milestone and item.milestone:
            target = f"; {link(href(milestone_path(item.milestone)), item.milestone)}"
        rows.append(
            f"{_OPEN if item.is_open else _DONE}{link(href(blueprint_path(item.name)), item.name)}\n"
            f" {escaped(one_line(item.title))}\n"
            f' <span class="who">{escaped(item.state)}, {escaped(item.priority)}; {who}{target}</span></li>\n'
        )
    return Markup(f'<ul class="items">\n{"".join(rows)}</ul>\n')  # noqa: S704 - escaped here


def whose_html(held: Holding, href: Href) -> Markup:
    """Whose a blueprint is, with links: the team, and who has it."""
    return Markup(_whose(held, href))  # noqa: S704 - escaped there


def _whose(held: Holding, href: Href) -> str:
    holder = _holder(held, href)
    if held.team is None:
        return holder or "nobody"
    team = link(href(team_path(held.team.name)), held.team.name)
    return f"{team}, {holder}" if holder else team


def _holder(held: Holding, href: Href) -> str:
    """Who has a blueprint; nothing where nobody has."""
    if held.person is not None:
        return link(href(person_path(held.person)), shown_name(held.person))
    return escaped(without_address(held.unknown))


def by_team(milestone: str, teams: Mapping[str, Far], href: Href) -> Markup:
    """The rows of a table: how far a milestone is with each team, of which there may be hundreds."""
    rows = []
    for name, far in teams.items():
        team = link(href(team_path(name)), name) if name else "no team"
        done = link(
            href(list_path(team=name or NONE, milestone=milestone, state=ALL)), f"{far.done} of {far.all}"
        )
        counts = "".join(f'<td class="count wide">{far.blueprints[how]}</td>\n' for how in OPEN)
        items = f"{far.items_done} of {far.items}" if far.items else ""
        rows.append(
            f'<tr><th scope="row">{team}</th>\n<td>{charts.share(far.shares())}</td>\n'
            f'<td class="count">{done}</td>\n{counts}<td class="count">{items}</td></tr>\n'
        )
    return Markup("".join(rows))  # noqa: S704 - escaped here


def row_data(item: Item, held: Holding) -> dict[str, Json]:
    """A blueprint in a list, as JSON."""
    return {
        "name": item.name,
        "title": item.title,
        "path": blueprint_path(item.name),
        "state": item.state,
        "priority": item.priority,
        "team": held.team.name if held.team is not None else None,
        "person": shown_name(held.person) if held.person is not None else without_address(held.unknown),
        "milestone": item.milestone or None,
    }


def far_data(far: Far) -> dict[str, Json]:
    """How far something is, as JSON."""
    return {
        "blueprints": {how.value: far.blueprints[how] for how in Standing},
        "work_items": {"done": far.items_done, "all": far.items},
    }


def milestone_data(name: str, far: Far) -> dict[str, Json]:
    """A milestone in a list, as JSON."""
    return {"name": name, "path": milestone_path(name), **far_data(far)}


def without_address(name: str) -> str:
    """A name of which nobody is known here: ``alice`` of ``alice@jabber.example.org``."""
    return name.partition("@")[0]


def web_address(url: str) -> str:
    """An address that a link may lead to; nothing where it is none of the web's."""
    return url if url.startswith(("https://", "http://")) else ""


@dataclass(frozen=True, slots=True)
class Somebody:
    """Whom the tracker names: a person or a team of ours, or else a name alone; ``role`` says what they are
    to a blueprint.
    """

    role: str
    who: Person | Team | None
    name: str

    @property
    def is_team(self) -> bool:
        """Whether it is a team of ours."""
        return isinstance(self.who, Team)


def people_of(item: Item, owning: Owning) -> list[Somebody]:
    """Those whom the tracker names beside the assignee."""
    named = (("Drafter", item.drafter), ("Approver", item.approver), ("Registered by", item.owner))
    found = []
    for role, id_ in named:
        who = owning.whose(id_) if id_ else None
        if id_:
            name = shown_name(who) if isinstance(who, Person) else who.name if who else without_address(id_)
            found.append(Somebody(role, who, name))
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """A recorded change, as it is shown."""

    change: Change
    who: str
    where: str
    what: str

    @property
    def data(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "time": self.change.by.time.isoformat(),
            "who": self.who,
            "where": self.where,
            "what": self.what,
        }


def history(changes: Sequence[Change]) -> list[Told]:
    """Who changed what of a blueprint."""
    found = []
    for change in changes:
        room = change.by.room
        where = "" if room is None else "privately" if room.private else f"in {room.name}"
        found.append(Told(change, without_address(change.by.actor.nick) or "somebody", where, turned(change)))
    return found
