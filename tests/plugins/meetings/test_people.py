"""Identity in a meeting, against a simulated network in which the truth is known."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Actor
from plugins.meetings.chairs import Chairs
from plugins.meetings.people import Connection, People, Person


class Meeting:
    """People and chairs alone, kept in step as a meeting does."""

    def __init__(self) -> None:
        self.chairs = Chairs()
        self.merged: list[tuple[Person, Person]] = []
        self.people = People(self._merge, self.chairs.moved)

    def _merge(self, gone: Person, kept: Person) -> None:
        self.merged.append((gone, kept))
        self.chairs.merged(gone, kept)

    def may_chair(self, actor: Actor) -> bool:
        return self.chairs.may(self.people.see(actor), actor)


def actor(nick: str, address: str | None = "u@h", account: str | None = None) -> Actor:
    return Actor("n", nick, account, address)


def test_a_connection_is_seen_once_and_followed_through_renames() -> None:
    people = Meeting().people
    bob = people.see(actor("bob"))
    assert people.see(actor("bob")) is bob
    people.renamed(actor("bob"), "rob")
    assert people.see(actor("rob")) is bob
    assert people.here("n", "bob") is None
    assert list(bob.person.nicks) == ["bob", "rob"]
    assert (bob.person.first_nick, bob.person.nick) == ("bob", "rob")


def test_the_same_mask_is_the_same_person_on_a_new_connection() -> None:
    people = Meeting().people
    before = people.see(actor("bob"))
    people.left(actor("bob"))
    after = people.joined(actor("bob"))
    assert after is not before
    assert after.person is before.person


def test_somebody_without_account_who_returns_under_an_earlier_nick_is_one_person_with_one_vote() -> None:
    people = Meeting().people
    dave = people.see(actor("dave"))
    people.renamed(actor("dave"), "davy")
    people.left(actor("davy"))
    assert people.joined(actor("dave")).person is dave.person
    people.left(actor("dave"))
    assert people.joined(actor("davy")).person is dave.person
    assert len(list(people)) == 1


def test_while_somebody_is_here_an_earlier_nick_of_theirs_on_their_host_is_somebody_else() -> None:
    people = Meeting().people
    dave = people.see(actor("dave"))
    people.renamed(actor("dave"), "davy")
    other = people.joined(actor("dave"))
    assert other.person is not dave.person
    people.left(actor("dave"))
    people.left(actor("davy"))
    assert people.joined(actor("dave")).person is other.person
    assert people.joined(actor("davy")).person is dave.person


def test_where_no_address_is_known_a_nick_alone_is_a_new_person() -> None:
    people = Meeting().people
    before = people.see(actor("bob", None))
    people.left(actor("bob", None))
    assert people.joined(actor("bob", None)).person is not before.person


def test_somebody_who_had_an_account_is_not_found_by_mask() -> None:
    people = Meeting().people
    before = people.see(actor("bob", account="bob"))
    people.left(actor("bob", account="bob"))
    assert people.joined(actor("bob")).person is not before.person


def test_who_returns_logged_in_is_tied_to_who_left_without() -> None:
    meeting = Meeting()
    one = meeting.people.see(actor("bob")).person
    other = meeting.people.see(actor("rob", "x@y", "robert")).person
    meeting.people.left(actor("bob"))
    meeting.people.joined(actor("bob", account="robert"))
    assert meeting.merged == [(other, one)]
    assert other.now() is one
    assert one.account == "robert"


def test_an_unseen_leaving_changes_nothing() -> None:
    people = Meeting().people
    people.left(actor("ghost"))
    assert not list(people)


def test_on_a_linked_room_the_own_network_comes_first() -> None:
    people = Meeting().people
    theirs = people.see(Actor("m", "bob", None, "u@h"))
    assert people.here("n", "BOB") is theirs
    ours = people.see(actor("bob"))
    assert people.here("n", "bob") is ours


@dataclass
class Client:
    """A real connection: its host is its own, its nick and account as they are now."""

    host: str
    nick: str
    account: str | None = None
    granted: bool = False  # the chair, while without account
    bound: str | None = None  # the account that it last had
    spoke: int = 0

    @property
    def actor(self) -> Actor:
        return Actor("n", self.nick, self.account, self.host)


@dataclass
class Network:
    """The truth: who is connected, and which accounts are chairs."""

    meeting: Meeting = field(default_factory=Meeting)
    clients: list[Client] = field(default_factory=list)
    chair_accounts: set[str] = field(default_factory=set)
    hosts: int = 0

    def join(self, nick: str, account: str | None) -> None:
        if any(client.nick == nick for client in self.clients):
            return
        self.hosts += 1
        client = Client(f"u{self.hosts}@h", nick, account, bound=account)
        self.clients.append(client)
        self.meeting.people.joined(client.actor)

    def leave(self, client: Client) -> None:
        self.clients.remove(client)
        self.meeting.people.left(client.actor)

    def rename(self, client: Client, nick: str) -> None:
        if any(other.nick == nick for other in self.clients):
            return
        self.meeting.people.renamed(client.actor, nick)
        client.nick = nick

    def log_in(self, client: Client, account: str | None) -> None:
        if account is not None and client.bound is None and client.granted:
            self.chair_accounts.add(account)  # the right follows the account from now on
        elif account is not None and client.bound not in {None, account}:
            client.granted = False  # another account is another person
        client.bound = account or client.bound
        client.account = account
        self.meeting.people.see(client.actor)

    def grant(self, client: Client) -> None:
        connection = self.meeting.people.see(client.actor)
        self.meeting.chairs.give(connection)
        if client.account is None:
            client.granted = True
        else:
            self.chair_accounts.add(client.account)


NICKS = ["alice", "bob", "carol"]
events = st.lists(
    st.tuples(
        st.sampled_from(["join", "leave", "rename", "grant", "say", "gap", "login"]),
        st.integers(0, 5),
        st.sampled_from(NICKS),
        st.sampled_from([None, None, "x", "y"]),
    ),
    max_size=40,
)


@given(events)
@settings(max_examples=400, deadline=None)
def test_only_who_was_given_the_chair_has_it_whatever_nicks_they_take(
    story: list[tuple[str, int, str, str | None]],
) -> None:
    network = Network()
    for event, which, nick, account in story:
        client = network.clients[which % len(network.clients)] if network.clients else None
        if event == "gap":
            network.meeting.people.gap()
        elif event == "join":
            network.join(nick, account)
        elif client is None:
            continue
        elif event == "leave":
            network.leave(client)
        elif event == "rename":
            network.rename(client, nick)
        elif event == "grant":
            network.grant(client)
        elif event == "login":
            network.log_in(client, account)
        else:
            client.spoke += 1
            network.meeting.people.see(client.actor).person.lines += 1
        for each in network.clients:
            truth = each.granted or (each.account is not None and each.account in network.chair_accounts)
            assert network.meeting.may_chair(each.actor) == truth


@given(events)
@settings(max_examples=300, deadline=None)
def test_different_people_never_become_one(story: list[tuple[str, int, str, str | None]]) -> None:
    network = Network()
    for event, which, nick, account in story:
        client = network.clients[which % len(network.clients)] if network.clients else None
        if event == "join":
            network.join(nick, account)
        elif client is not None and event == "leave":
            network.leave(client)
        elif client is not None and event == "rename":
            network.rename(client, nick)
        elif client is not None and event == "grant" and client.account is None:
            network.log_in(client, account)
        seen: dict[Person, Client] = {}
        for each in network.clients:
            person = network.meeting.people.see(each.actor).person
            other = seen.setdefault(person, each)
            assert other is each or (each.account is not None and each.account == other.account)


def test_connections_and_persons_agree_about_each_other() -> None:
    meeting = Meeting()
    people = meeting.people
    connections: list[Connection] = [people.see(actor(f"n{n}", f"u{n}@h")) for n in range(5)]
    for n, connection in enumerate(connections):
        people.see(actor(f"n{n}", f"u{n}@h", "one"))
        assert connection.person is connections[0].person
    assert len(list(people)) == 1
    assert len(connections[0].person.connections) == 5
    for n in range(5):
        people.left(actor(f"n{n}", f"u{n}@h", "one"))
    assert not connections[0].person.is_here
