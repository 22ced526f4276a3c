"""The addresses of the test Launchpad, and what is done there: a request goes in, a reply comes out.

Below ``/devel/`` is the web service (https://launchpad.net/+apidoc/devel.html). Beside it are the pages at
which OAuth tokens are asked for, reviewed and exchanged (https://help.launchpad.net/API/SigningRequests).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import parse_qsl, quote

from tests.launchpad.entries import PAGE, Entries, Json, same_to_write
from tests.launchpad.messages import RefusedError, Reply, Request, shown
from tests.launchpad.state import RESOLVED, Blueprint, Bug, Person, Proposal, Token, World
from tests.launchpad.wadl import wadl
from tests.launchpad.writing import Writing

T = TypeVar("T")
Handler = Callable[..., Reply]

_ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []
_WADL_TYPE = "application/vnd.sun.wadl+xml"
_SETS = {"bugs": "bugs", "people": "people", "projects": "projects", "specifications": "specs"}


def route(method: str, pattern: str) -> Callable[[Handler], Handler]:
    """Make a method answer at the addresses that a regular expression matches whole; ``{}`` is a name."""
    compiled = re.compile(pattern.replace("{}", "([^/]+)"))

    def mark(handler: Handler) -> Handler:
        _ROUTES.append((method, compiled, handler))
        return handler

    return mark


class Service:
    """A Launchpad at an address (``http://127.0.0.1:8085/``)."""

    def __init__(self, root: str, world: World, *, explained: bool) -> None:
        self.world = world
        self._explained = explained
        self.entries = Entries(f"{root}devel/", world)

    def answer(self, request: Request) -> Reply:
        """What a request gets, once whatever it asks for is done."""
        for method, pattern, handler in _ROUTES:
            found = pattern.fullmatch(request.path) if method == request.method else None
            if found is not None:
                with self.world.lock:
                    try:
                        return _unless_known(request, handler(self, request, *found.groups()))
                    except RefusedError as refused:
                        return Reply(refused.status, str(refused).encode())
        return Reply(404, f"Object: <Launchpad>, name: '{request.path}'".encode())

    @route("GET", "/devel/")
    def root(self, request: Request) -> Reply:
        """The service's root; with the right ``Accept`` the description of everything."""
        base = self.entries.base
        if request.headers.get("accept") == _WADL_TYPE:
            return Reply(200, wadl(base, explained=self._explained), _WADL_TYPE)
        holds: Json = {"resource_type_link": f"{base}#service-root", "me_link": f"{base}people/+me"}
        for name, path in _SETS.items():
            holds[f"{name}_collection_link"] = base + path
        return shown(holds)

    @route("GET", "/devel/people/[+]me")
    def me(self, request: Request) -> Reply:
        """Whoever asks."""
        if not request.by:
            raise RefusedError(401, "You need to be logged in to view this URL.")
        return Reply(303, headers={"Location": f"{self.entries.base}~{quote(request.by)}"})

    @route("GET", "/devel/~{}")
    def person(self, _request: Request, name: str) -> Reply:
        """A person or a team."""
        return shown(self.entries.person(self._one(self.world.people, name)))

    @route("POST", "/devel/~{}")
    def person_operation(self, request: Request, name: str) -> Reply:
        """``addMember``."""
        self._one(self.world.people, name)
        self._operation(request, "addMember")
        return shown(self._writing(request).add_member(name, request.parameters))

    @route("GET", "/devel/~{}/members")
    def members(self, request: Request, name: str) -> Reply:
        """Who is on a team."""
        team = self._one(self.world.people, name)
        found = [self.world.people[one] for one in _active(team)]
        return self._page(request, "person", found, self.entries.person)

    @route("GET", "/devel/~{}/members_details")
    def members_details(self, request: Request, name: str) -> Reply:
        """Who is on a team, and as what."""
        team = self._one(self.world.people, name)
        return self._page(
            request, "team_membership", _active(team), lambda one: self.entries.membership(team, one)
        )

    @route("GET", r"/devel/~{}/[+]member/{}")
    def member(self, _request: Request, name: str, person: str) -> Reply:
        """Somebody's place on a team."""
        team = self._one(self.world.people, name)
        self._one(team.members, person)
        return shown(self.entries.membership(team, person))

    @route("POST", r"/devel/~{}/[+]member/{}")
    def member_operation(self, request: Request, name: str, person: str) -> Reply:
        """``setStatus``."""
        self._one(self._one(self.world.people, name).members, person)
        self._operation(request, "setStatus")
        return shown(self._writing(request).set_status(name, person, request.parameters))

    @route("GET", "/devel/~{}/irc_nicknames")
    def irc_nicknames(self, request: Request, name: str) -> Reply:
        """By which nicks somebody is known."""
        person = self._one(self.world.people, name)
        return self._page(request, "irc_id", range(len(person.irc)), lambda n: self.entries.irc_id(person, n))

    @route("GET", "/devel/~{}/jabber_ids")
    def jabber_ids(self, request: Request, name: str) -> Reply:
        """By which JIDs somebody is known."""
        person = self._one(self.world.people, name)
        return self._page(
            request, "jabber_id", range(len(person.jabber)), lambda n: self.entries.jabber_id(person, n)
        )

    @route("GET", "/devel/~{}/(all|valid)_specifications")
    def specifications_of(self, request: Request, name: str, which: str) -> Reply:
        """All blueprints in which somebody has a role."""
        self._one(self.world.people, name)
        found = [
            one
            for one in self.world.blueprints.values()
            if name in {one.owner, one.assignee, one.drafter, one.approver}
        ]
        return self._specifications(request, which, found)

    @route("GET", "/devel/{}")
    def project(self, request: Request, name: str) -> Reply:
        """A project, or its ``getSpecification``, ``getMilestone`` or ``searchTasks``."""
        project = self._one(self.world.projects, name)
        match request.query.get("ws.op"):
            case None:
                return shown(self.entries.project(project))
            case "getSpecification":
                wanted = self.world.blueprints.get(f"{name}/{request.parameters['name']}")
                return shown(self.entries.blueprint(wanted) if wanted else None)
            case "getMilestone":
                found = self.world.milestones.get(f"{name}/{request.parameters['name']}")
                return shown(self.entries.milestone(found) if found else None)
            case "searchTasks":
                return self._page(request, "bug_task", self._tasks(request, name), self.entries.task)
            case "getMergeProposals":
                return self._page(
                    request, "branch_merge_proposal", self._proposals(request, name), self.entries.proposal
                )
        raise RefusedError(400, f"No such operation: {request.query['ws.op']}")

    @route("GET", "/devel/{}/(all|valid)_specifications")
    def specifications_on(self, request: Request, name: str, which: str) -> Reply:
        """All blueprints of a project."""
        self._one(self.world.projects, name)
        return self._specifications(
            request, which, [one for one in self.world.blueprints.values() if one.project == name]
        )

    @route("GET", "/devel/{}/(all|active)_milestones")
    def milestones(self, request: Request, name: str, which: str) -> Reply:
        """The milestones of a project."""
        self._one(self.world.projects, name)
        found = [
            one
            for one in self.world.milestones.values()
            if one.project == name and (one.is_active or which == "all")
        ]
        return self._page(request, "milestone", found, self.entries.milestone)

    @route("GET", r"/devel/{}/[+]milestone/{}")
    def milestone(self, _request: Request, project: str, name: str) -> Reply:
        """A milestone."""
        return shown(self.entries.milestone(self._one(self.world.milestones, f"{project}/{name}")))

    @route("GET", r"/devel/{}/[+]spec/{}")
    def blueprint(self, _request: Request, project: str, name: str) -> Reply:
        """A specification."""
        return shown(self.entries.blueprint(self._one(self.world.blueprints, f"{project}/{name}")))

    @route("PATCH", r"/devel/{}/[+]spec/{}")
    def change_blueprint(self, request: Request, project: str, name: str) -> Reply:
        """Change a specification."""
        one = self._one(self.world.blueprints, f"{project}/{name}")
        _match(request, self.entries.blueprint(one))
        self._writing(request).blueprint(one, request.fields)
        return shown(self.entries.blueprint(one), 209)

    @route("GET", r"/devel/{}/[+]spec/{}/dependencies")
    def dependencies(self, request: Request, project: str, name: str) -> Reply:
        """What a blueprint depends on."""
        one = self._one(self.world.blueprints, f"{project}/{name}")
        found = [self.world.blueprints[f"{project}/{other}"] for other in one.dependencies]
        return self._page(request, "specification", found, self.entries.blueprint)

    @route("GET", r"/devel/{}/[+]bug/{}")
    def task(self, _request: Request, project: str, number: str) -> Reply:
        """A bug's task in a project; whoever asks for one that the project does not have is sent on."""
        bug = self._bug(number)
        if bug.project != project:
            self._one(self.world.projects, project)
            return Reply(301, headers={"Location": str(self.entries.task(bug)["self_link"])})
        return shown(self.entries.task(bug))

    @route("PATCH", r"/devel/{}/[+]bug/{}")
    def change_task(self, request: Request, project: str, number: str) -> Reply:
        """Change a bug's task."""
        one = self._bug(number, project)
        _match(request, self.entries.task(one))
        self._writing(request).task(one, request.fields)
        return shown(self.entries.task(one), 209)

    @route("GET", "/devel/bugs/{}")
    def bug(self, _request: Request, number: str) -> Reply:
        """A bug."""
        return shown(self.entries.bug(self._bug(number)))

    @route("PATCH", "/devel/bugs/{}")
    def change_bug(self, request: Request, number: str) -> Reply:
        """Change a bug."""
        one = self._bug(number)
        _match(request, self.entries.bug(one))
        self._writing(request).bug(one, request.fields)
        return shown(self.entries.bug(one), 209)

    @route("POST", "/devel/bugs/{}")
    def comment(self, request: Request, number: str) -> Reply:
        """``newMessage``."""
        self._operation(request, "newMessage")
        return _made(self._writing(request).new_message(self._bug(number), request.parameters))

    @route("GET", r"/devel/bugs/{}/comments/(\d+)")
    def message(self, _request: Request, number: str, n: str) -> Reply:
        """A comment."""
        bug = self._bug(number)
        if not 1 <= int(n) <= len(bug.messages):
            raise RefusedError(404, f"Object: <Bug {number}>, name: '{n}'")
        return shown(self.entries.message(bug, int(n)))

    @route("GET", "/devel/bugs/{}/bug_tasks")
    def tasks(self, request: Request, number: str) -> Reply:
        """The tasks of a bug."""
        return self._page(request, "bug_task", [self._bug(number)], self.entries.task)

    @route("GET", r"/devel/(~[^/]+/[^/]+/[^+/][^/]*)")
    def branch(self, _request: Request, name: str) -> Reply:
        """A branch of Bazaar's."""
        return shown(self.entries.branch(self._one(self.world.branches, name)))

    @route("GET", r"/devel/(~[^/]+/[^/]+/[^+/][^/]*)/linked_bugs")
    def linked_bugs(self, request: Request, name: str) -> Reply:
        """The bugs that a branch is about."""
        branch = self._one(self.world.branches, name)
        return self._page(request, "bug", [self._bug(str(one)) for one in branch.bugs], self.entries.bug)

    @route("GET", r"/devel/(~[^/]+/[^/]+/[^+/][^/]*)/spec_links")
    def spec_links(self, request: Request, name: str) -> Reply:
        """The blueprints that a branch is about."""
        branch = self._one(self.world.branches, name)
        return self._page(
            request,
            "specification_branch",
            branch.blueprints,
            lambda one: self.entries.specification_branch(branch, one),
        )

    @route(
        "GET",
        r"/devel/(~[^/]+/[^/]+/(?:[+]git/)?[^/]+)/[+]merge/(\d+)(|/votes|/all_comments|/bugs|/comments/\d+)",
    )
    def proposal(self, request: Request, source: str, number: str, what: str) -> Reply:
        """A merge proposal, what was said of it, and what it is about."""
        one = self._one(self.world.proposals, number)
        if one.source.partition(":")[0] != source:
            raise RefusedError(404, f"Object: <Branch {source}>, name: '{number}'")
        match what:
            case "/votes":
                asked = range(len(one.votes))
                return self._page(
                    request, "code_review_vote_reference", asked, lambda n: self.entries.vote(one, n)
                )
            case "/all_comments":
                said = [n for n, (_, vote, _) in enumerate(one.votes) if vote]
                return self._page(
                    request, "code_review_comment", said, lambda n: self.entries.comment(one, n)
                )
            case "/bugs":
                return self._page(request, "bug", [self._bug(str(n)) for n in one.bugs], self.entries.bug)
            case "":
                return shown(self.entries.proposal(one))
        return shown(self.entries.comment(one, int(what.rpartition("/")[2]) - 1))

    @route("POST", "/devel/bugs")
    def create_bug(self, request: Request) -> Reply:
        """``createBug``."""
        self._operation(request, "createBug")
        return _made(self._writing(request).new_bug(request.parameters))

    @route("POST", "/devel/specs")
    def create_blueprint(self, request: Request) -> Reply:
        """``createSpecification``."""
        self._operation(request, "createSpecification")
        return _made(self._writing(request).new_blueprint(request.parameters))

    @route("GET", "/devel/{}/{}")
    def series(self, request: Request, project: str, name: str) -> Reply:
        """A series, or its ``getSpecification``."""
        one = self._one(self.world.series, f"{project}/{name}")
        if request.query.get("ws.op") == "getSpecification":
            found = self.world.blueprints.get(f"{project}/{request.parameters['name']}")
            return shown(self.entries.blueprint(found) if found and found.series == name else None)
        return shown(self.entries.series(one))

    @route("GET", "/devel/{}/{}/(all|valid)_specifications")
    def specifications_for(self, request: Request, project: str, name: str, which: str) -> Reply:
        """All blueprints whose goal a series is."""
        self._one(self.world.series, f"{project}/{name}")
        found = [
            one for one in self.world.blueprints.values() if one.project == project and one.series == name
        ]
        return self._specifications(request, which, found)

    @route("POST", r"/[+]request-token")
    def request_token(self, request: Request) -> Reply:
        """OAuth's first step."""
        consumer = str(dict(parse_qsl(request.body))["oauth_consumer_key"])
        token = Token(secrets.token_hex(8), secrets.token_hex(8), consumer)
        self.world.save(token)
        return _token(token)

    @route("GET", r"/[+]authorize-token")
    def authorize_token(self, request: Request) -> Reply:
        """OAuth's second step, done by a person in a browser (:meth:`Server.review`)."""
        token = self._one(self.world.tokens, request.query.get("oauth_token", ""))
        return Reply(200, f"<h1>Allow {token.consumer}?</h1>".encode(), "text/html")

    @route("POST", r"/[+]access-token")
    def access_token(self, request: Request) -> Reply:
        """OAuth's third step."""
        sent = dict(parse_qsl(request.body))
        token = self.world.tokens.get(sent.get("oauth_token", ""))
        if token is None or token.is_access or sent.get("oauth_signature") != f"&{token.secret}":
            raise RefusedError(401, "No request token specified.")
        if token.is_refused:
            raise RefusedError(403, "End-user refused to authorize request token.")
        if not token.person:
            raise RefusedError(401, "Request token has not yet been reviewed. Try again later.")
        self.world.remove(token)
        access = Token(
            secrets.token_hex(8), secrets.token_hex(8), token.consumer, token.person, is_access=True
        )
        self.world.save(access)
        return _token(access)

    def _writing(self, request: Request) -> Writing:
        return Writing(self.entries, request.by, may_write=request.may_write)

    def _operation(self, request: Request, *known: str) -> None:
        if request.parameters.get("ws.op") not in known:
            raise RefusedError(400, f"No such operation: {request.parameters.get('ws.op')}")

    def _one(self, among: dict[str, T], name: str) -> T:
        if name not in among:
            raise RefusedError(404, f"Object: <Launchpad>, name: '{name}'")
        return among[name]

    def _bug(self, number: str, project: str = "") -> Bug:
        bug = self._one(self.world.bugs, number)
        if project and bug.project != project:
            raise RefusedError(404, f"Object: <Project {project}>, name: '+bug/{number}'")
        return bug

    def _tasks(self, request: Request, project: str) -> list[Bug]:
        """``searchTasks``: by default those that are open, changed since a time, by number."""
        wanted = request.parameters
        statuses = wanted.get("status")
        found = [one for one in self.world.bugs.values() if one.project == project]
        if statuses is None:
            found = [one for one in found if one.status not in RESOLVED]
        elif isinstance(statuses, list):
            found = [one for one in found if one.status in statuses]
        kinds = wanted.get("information_type")
        if isinstance(kinds, list):
            found = [one for one in found if one.information_type in kinds]
        since = str(wanted.get("modified_since", ""))
        return [one for one in found if one.date_last_updated >= since]

    def _proposals(self, request: Request, project: str) -> list[Proposal]:
        """``getMergeProposals``: by default those of which something is still to come, the newest first."""
        statuses = request.parameters.get("status") or ["Approved", "Needs review", "Work in progress"]
        of = (f"/{project}/", f"{project}:")
        return [
            one
            for one in reversed(self.world.proposals.values())
            if (of[0] in one.target or one.target.startswith(of[1]))
            and isinstance(statuses, list)
            and one.queue_status in statuses
        ]

    def _specifications(self, request: Request, which: str, found: Sequence[Blueprint]) -> Reply:
        if which == "valid":
            found = [one for one in found if one.definition_status not in {"Superseded", "Obsolete"}]
        return self._page(request, "specification", found, self.entries.blueprint)

    def _page(self, request: Request, of: str, found: Sequence[T], shows: Callable[[T], Json]) -> Reply:
        """A page of a collection, or its size."""
        query = dict(request.query)
        if query.pop("ws.show", "") == "total_size":
            return shown(len(found))
        start, size = int(query.pop("ws.start", 0)), int(query.pop("ws.size", PAGE))
        query.pop("memo", None)
        link = self.entries.base + quote(request.path.removeprefix("/devel/"), safe="/~+")
        entries = [shows(one) for one in found[start : start + size]]
        return shown(self.entries.page(of, link, query, start, size, entries, len(found)))


def _active(team: Person) -> list[str]:
    return [name for name, status in team.members.items() if status in {"Approved", "Administrator"}]


def _match(request: Request, entry: Json) -> None:
    """Refuse a change of what is not as whoever asks has seen it."""
    given = request.headers.get("if-match")
    if given is not None and not same_to_write(given, str(entry["http_etag"])):
        raise RefusedError(412, "")


def _unless_known(request: Request, reply: Reply) -> Reply:
    """The answer, or if whoever asks has that state of it already, that it has not changed."""
    etag = reply.headers.get("ETag")
    if request.method == "GET" and etag is not None and request.headers.get("if-none-match") == etag:
        return Reply(304, headers={"ETag": etag})
    return reply


def _made(link: str) -> Reply:
    return Reply(201, headers={"Location": link})


def _token(token: Token) -> Reply:
    return Reply(200, f"oauth_token={token.name}&oauth_token_secret={token.secret}".encode())
