"""What is done with Launchpad, one job at a time, in its thread.

Each takes a :class:`Session` and gives values. Raises :class:`RefusedError` where Launchpad does not let
itself be read.

What is not public in Launchpad is not there for Muster, whatever its account may see: rooms are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from plugins.tracker.backend import (
    AwayError,
    Conflict,
    Denied,
    Invalid,
    Outcome,
    UnknownOutcomeError,
    Updated,
)
from plugins.tracker.items import (
    BUG_STATUSES,
    Item,
    ItemKind,
    MergeProposal,
    Milestone,
    New,
    Ref,
    TrackerMember,
)
from plugins.tracker.launchpad import reading
from plugins.tracker.launchpad.addresses import Addresses, name_in
from plugins.tracker.launchpad.reading import ACTIVE, OPEN_TEAMS, PUBLIC, Entry
from plugins.tracker.launchpad.refusals import RefusedError, why_not_done
from plugins.tracker.launchpad.writing import Fields, commented

if TYPE_CHECKING:
    from plugins.tracker.launchpad.session import Session

_WAITING = ("Needs review", "Approved", "Queued", "Code failed to merge")
"""What a merge proposal may be that somebody has to do something about; work in progress is its author's."""

_COMMENT_TRIES = 3
"""So often a line is put at a whiteboard's end, where somebody else writes on it each time meanwhile."""


def item(session: Session, at: Addresses, ref: Ref) -> Item | None:
    """An item with all that can be known of it."""
    if ref.kind is ItemKind.BUG:
        task = session.get(at.task(ref.name))
        if task is None or not reading.is_of(task, at.target):
            return None
        whole = session.get(at.bug(ref.name))
        if whole is not None and not reading.is_public(whole):
            return None
        return reading.bug(task, whole)
    entry = session.get(at.blueprint(ref.name))
    if entry is None or not reading.is_public(entry):
        return None
    others = _all(session, entry["dependencies_collection_link"])
    return reading.blueprint(entry, [other["name"] for other in others])


def first_page(at: Addresses, kind: ItemKind, since: datetime | None = None) -> str:
    """The address of the first page of all items of a kind; of bugs, of those changed since then. Bugs that
    are not public are in no page: a bug's task does not say whether it is.
    """
    if kind is ItemKind.BLUEPRINT:
        return f"{at.target}/all_specifications"
    which: dict[str, object] = {"status": BUG_STATUSES, "information_type": sorted(PUBLIC)}
    if since is not None:
        which["modified_since"] = since.isoformat()
    return at.operation(at.target, "searchTasks", **which)


def page(session: Session, kind: ItemKind, address: str) -> tuple[Sequence[Item], str]:
    """The items of a page, and the address of the next: nothing after the last."""
    found = _page(session, address)
    entries = reading.entries_of(found)
    if kind is ItemKind.BUG:
        return [reading.bug(entry) for entry in entries], reading.next_of(found)
    return [reading.blueprint(entry) for entry in entries if reading.is_public(entry)], reading.next_of(found)


def update_blueprint(session: Session, at: Addresses, ref: Ref, version: str, fields: Fields) -> Outcome:
    """Change a blueprint that still has a version."""
    done = _patched(session, at, ref, at.blueprint(ref.name), version, fields)
    return Updated(_understood(reading.blueprint, done)) if isinstance(done, Mapping) else done


def update_bug(
    session: Session, at: Addresses, ref: Ref, versions: tuple[str, str], task: Fields, own: Fields
) -> Outcome:
    """Change a bug whose task still has the first of two versions, and which itself has the second: the
    fields of its task, then its own. Where only the second is refused, the outcome has the bug as it is then.
    """
    if task:
        done = _patched(session, at, ref, at.task(ref.name), versions[0], task)
        if not isinstance(done, Mapping):
            return done
        if not own:
            return Updated(_understood(reading.bug, done))
    done = _patched(session, at, ref, at.bug(ref.name), versions[1], own)
    if isinstance(done, Denied | Invalid) and task:
        return replace(done, item=_written(session, at, ref).item)
    return _written(session, at, ref) if isinstance(done, Mapping) else done


def _patched(
    session: Session, at: Addresses, ref: Ref, address: str, version: str, fields: Fields
) -> Entry | Conflict | Denied | Invalid:
    """The entry at an address as it is once it is changed; or why it is not."""
    try:
        return session.patch(address, version, fields)
    except RefusedError as refused:
        if refused.status == 404:
            return _none_such(at, ref)
        if not refused.has_changed:
            return why_not_done(refused, datetime.now(UTC))
        now = item(session, at, ref)
        return _none_such(at, ref) if now is None else Conflict(now)


def _understood(read: Callable[[Entry], Item], entry: Entry) -> Item:
    try:
        return read(entry)
    except (KeyError, TypeError, ValueError) as error:
        raise UnknownOutcomeError(
            f"Launchpad's answer is not understood ({error!r}): it may be done."
        ) from error


def first_proposals(at: Addresses) -> str:
    """The address of the first page of the merge proposals that are of interest."""
    return at.operation(at.target, "getMergeProposals", status=_WAITING)


def proposals(session: Session, base: str, address: str) -> tuple[Sequence[tuple[Entry, MergeProposal]], str]:
    """The merge proposals of a page, and the address of the next: nothing after the last."""
    found = _page(session, address)
    entries = reading.entries_of(found)
    public = [entry for entry in entries if not entry["private"]]
    return [(entry, reading.proposal(entry, base)) for entry in public], reading.next_of(found)


def whole_proposal(session: Session, base: str, entry: Entry) -> MergeProposal:
    """A merge proposal with its votes and what it is about: a branch of Bazaar's is linked to bugs and
    blueprints itself, of one of Git's the proposal is linked to bugs. As it is, where it is gone since.
    """
    found = reading.proposal(entry, base)
    branch = entry["source_branch_link"]  # a collection's address is its owner's with its name behind
    about_bugs = f"{branch}/linked_bugs" if branch else entry.get("bugs_collection_link")
    try:
        said = {one["self_link"]: one for one in _all(session, entry["all_comments_collection_link"])}
        asked = [*_all(session, entry["votes_collection_link"])]
        bugs = [*_all(session, about_bugs)] if about_bugs else []
        specs = [*_all(session, f"{branch}/spec_links")] if branch else []
    except RefusedError as refused:
        if refused.status == 404:
            return found
        raise
    votes = [reading.vote(one, said.get(one["comment_link"])) for one in asked]
    return replace(
        found,
        votes=tuple(votes),
        bugs=tuple(str(one["id"]) for one in bugs),
        blueprints=tuple(name_in(one["specification_link"]) for one in specs),
        is_whole=True,
    )


def create(session: Session, at: Addresses, new: New) -> Outcome:
    """Make an item."""
    summary = new.summary or new.title
    try:
        if new.kind is ItemKind.BLUEPRINT:
            made = session.post(
                f"{at.base}specs",
                "createSpecification",
                target=at.target,
                name=new.name,
                title=new.title,
                summary=summary,
                definition_status="New",
            )
        else:
            made = session.post(
                f"{at.base}bugs",
                "createBug",
                target=at.target,
                title=new.title,
                description=summary,
                tags=list(new.tags),
            )
    except RefusedError as refused:
        return why_not_done(refused, datetime.now(UTC))
    if new.kind is ItemKind.BLUEPRINT:
        return _written(session, at, Ref(new.kind, new.name))
    outcome = _written(session, at, Ref(new.kind, name_in(made.location)))
    if outcome.item.title != new.title.strip():  # an answer that was cut short names another bug
        raise UnknownOutcomeError("Launchpad has made a bug and does not say which.")
    return outcome


def comment(session: Session, at: Addresses, ref: Ref, text: str) -> Outcome:
    """Add a comment to a bug, or a line to a blueprint's whiteboard."""
    if ref.kind is ItemKind.BLUEPRINT:
        return _comment_on_blueprint(session, at, ref, text)
    try:
        session.post(at.bug(ref.name), "newMessage", content=text)
    except RefusedError as refused:
        return _none_such(at, ref) if refused.status == 404 else why_not_done(refused, datetime.now(UTC))
    return _written(session, at, ref)


def milestones(session: Session, at: Addresses) -> Sequence[Milestone]:
    """The project's milestones."""
    return [reading.milestone(entry) for entry in _all(session, f"{at.target}/all_milestones")]


def focus(session: Session, at: Addresses) -> str:
    """The name of the project's series under development; nothing where it has none."""
    return name_in(_page(session, at.target)["development_focus_link"])


def members(session: Session, at: Addresses, team: str) -> Sequence[TrackerMember] | None:
    """The people on a team, not the teams that are on it; ``None`` where there is no such team."""
    found = session.get(at.person(team))
    if found is None or not found["is_team"]:
        return None
    details = _all(session, found["members_details_collection_link"])
    as_what = {name_in(one["member_link"]): one for one in details}
    people = _all(session, found["members_collection_link"])
    return [reading.member(one, as_what.get(one["name"])) for one in people if not one["is_team"]]


def person(session: Session, at: Addresses, id_: str) -> TrackerMember | None:
    """A person; ``None`` where there is none."""
    found = session.get(at.person(id_))
    if found is None or found["is_team"]:
        return None
    irc = _all(session, found["irc_nicknames_collection_link"])
    return reading.person(found, [*irc], [*_all(session, found["jabber_ids_collection_link"])])


def add_member(session: Session, at: Addresses, team: str, who: str) -> Outcome | None:
    """Put somebody on a team, if anybody may join it: Muster may be allowed more, which is for nobody else to
    use. Who is on it stays what they are: an administrator, say.
    """
    if _status(session, at, team, who) in ACTIVE:
        return None
    found = session.get(at.person(team))
    if found is None or not found["is_team"]:
        return _no_team(team)
    policy = str(found["membership_policy"])
    if policy not in OPEN_TEAMS:
        return Denied(f"it is a {policy.lower()}, whose administrators say who is on it")
    try:
        done = session.post(at.person(team), "addMember", person=at.person(who), status="Approved")
    except RefusedError as refused:
        return _no_team(team) if refused.status == 404 else why_not_done(refused, datetime.now(UTC))
    match done.returned:
        case [_, str(status)] if status not in ACTIVE:
            return Denied(f"{who} is not on {team} yet ({status}): an administrator of it must agree")
    return None


def remove_member(session: Session, at: Addresses, team: str, who: str) -> Outcome | None:
    """Take somebody off a team."""
    if _status(session, at, team, who) not in ACTIVE:
        return None if session.get(at.person(team)) is not None else _no_team(team)
    try:
        session.post(at.member(team, who), "setStatus", status="Deactivated")
    except RefusedError as refused:
        return why_not_done(refused, datetime.now(UTC))
    return None


def _comment_on_blueprint(session: Session, at: Addresses, ref: Ref, text: str) -> Outcome:
    for _ in range(_COMMENT_TRIES):
        entry = session.get(at.blueprint(ref.name))
        if entry is None:
            return _none_such(at, ref)
        fields = {"whiteboard": commented(entry["whiteboard"] or "", text)}
        outcome = update_blueprint(session, at, ref, entry["http_etag"], fields)
        if not isinstance(outcome, Conflict):
            break
    return outcome


def _written(session: Session, at: Addresses, ref: Ref) -> Updated:
    """What was just made or changed, as it is now."""
    try:
        found = item(session, at, ref)
    except (AwayError, RefusedError) as error:
        raise UnknownOutcomeError(f"It is done, but Launchpad does not show it: {error}") from error
    if found is None:
        raise UnknownOutcomeError("Launchpad says that it is done, and that there is no such thing.")
    return Updated(found)


def _status(session: Session, at: Addresses, team: str, who: str) -> str:
    """What somebody is on a team, in Launchpad's words; nothing where they are not known there."""
    found = session.get(at.member(team, who))
    return "" if found is None else str(found["status"])


def _all(session: Session, first: str) -> Iterator[Entry]:
    """All entries of a collection that is small."""
    address = first
    while address:
        found = _page(session, address)
        yield from reading.entries_of(found)
        address = reading.next_of(found)


def _page(session: Session, address: str) -> Entry:
    found = session.get(address)
    if found is None:
        raise RefusedError(404, f"there is no {address}", {})
    return found


def _none_such(at: Addresses, ref: Ref) -> Invalid:
    return Invalid(f"{at.project} has no {ref.kind.value} {ref.name} in Launchpad")


def _no_team(team: str) -> Invalid:
    return Invalid(f"Launchpad has no team {team}")
