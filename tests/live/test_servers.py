"""The servers and people of these tests do what the other tests rely on."""

import ssl
from asyncio import gather
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest
import sqlalchemy

from tests.live.person import Heard, Person
from tests.live.processes import Server, program
from tests.live.servers import OPERATOR, ROOM, ZNC, Certificate, InspIRCd, NgIRCd

Arrive = Callable[..., Awaitable[Person]]


@pytest.fixture(params=["inspircd", "plain_inspircd", "ngircd"])
def any_server(request: pytest.FixtureRequest) -> Server:
    server: Server = request.getfixturevalue(request.param)
    return server


async def test_two_people_talk(any_server: Server, arrive: Arrive) -> None:
    alice, bob = await gather(arrive(any_server.port, "alice"), arrive(any_server.port, "bob"))
    await alice.join("#talk")
    await bob.join("#talk")
    await alice.sees("JOIN", "bob")
    alice.say("#talk", "hello, bob")
    await bob.hears("hello, bob", by="alice", to="#talk")
    bob.act("#talk", "waves")
    assert (await alice.hears("waves", by="bob")).text == "\x01ACTION waves\x01"
    await bob.rename("robert")
    await alice.sees("NICK", "bob", "robert")
    await bob.drop()
    await alice.sees("QUIT", "robert")


async def test_an_operator_kills_somebody(any_server: Server, arrive: Arrive) -> None:
    root, victim = await gather(arrive(any_server.port, "root"), arrive(any_server.port, "victim"))
    await root.become_operator(*OPERATOR)
    root.send("KILL victim :for the test")
    await victim.closed()


async def test_an_account_is_made_and_logged_into_and_shown_in_tags(
    inspircd: InspIRCd, arrive: Arrive
) -> None:
    newcomer = await arrive(inspircd.port, "carol")
    await newcomer.register_account("secret")
    await newcomer.leave()
    carol, watcher = await gather(
        arrive(inspircd.port, "caro", account="carol", password="secret"),
        arrive(inspircd.port, "watcher", caps=["message-tags", "account-tag", "server-time"]),
    )
    await carol.join("#accounts")
    await watcher.join("#accounts")
    carol.say("#accounts", "it is me")
    heard = await watcher.hears("it is me", by="caro")
    assert heard.tags["account"] == "carol"
    assert "time" in heard.tags
    assert "msgid" in heard.tags


async def test_a_certificate_logs_in(inspircd: InspIRCd, arrive: Arrive) -> None:
    mine = Certificate(inspircd.folder, "dave")
    context = mine.client_context(inspircd.certificate.certificate)
    dave = await arrive(inspircd.tls_port, "dave", tls=context)
    await dave.register_account("secret")
    dave.say("NickServ", "CERT ADD")
    await dave.hears("fingerprint", by="NickServ")
    await dave.leave()
    again = await arrive(inspircd.tls_port, "david", tls=context, external=True)
    assert any(heard.command == "900" and "dave" in heard.params for heard in again.heard)


async def test_a_certificate_that_is_not_trusted_is_refused(inspircd: InspIRCd) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await Person.arrive(inspircd.tls_port, "eve", tls=ssl.create_default_context())


async def test_channel_history_comes_in_a_batch_on_joining(plain_inspircd: InspIRCd, arrive: Arrive) -> None:
    alice = await arrive(plain_inspircd.port, "historian")
    await alice.join("#history")
    alice.send("MODE #history +H 50:10m")
    await alice.expect(lambda heard: heard.command == "MODE" and "+H" in heard.params)
    alice.say("#history", "before you came")
    await alice.join("#sync")  # the server has handled the line above
    late = await arrive(plain_inspircd.port, "late", caps=["batch", "server-time", "message-tags"])
    await late.join("#history")
    start = await late.expect(lambda heard: heard.command == "BATCH")
    assert start.params[1] == "chathistory"
    heard = await late.hears("before you came", by="historian")
    assert heard.tags["batch"] == start.params[0].removeprefix("+")
    assert {"time", "msgid"} <= heard.tags.keys()


async def test_the_bouncer_replays_what_was_missed(znc: ZNC, arrive: Arrive) -> None:
    alice = await arrive(znc.server.port, "talker")
    await alice.join(ROOM)
    alice.say(ROOM, "while you were out")
    await alice.join("#sync")
    login = f"{ZNC.user_name}/test:{ZNC.password}"
    back = await arrive(znc.port, ZNC.user_name, server_password=login, caps=["server-time", "batch"])
    heard = await back.hears("while you were out", by="talker", to=ROOM)
    assert "time" in heard.tags


async def test_a_server_hangs_and_goes_on_and_dies_and_returns() -> None:
    def is_pong(heard: Heard) -> bool:
        return heard.command == "PONG"

    with NgIRCd() as server:
        alice = await Person.arrive(server.port, "alice")
        server.freeze()
        alice.send("PING :anybody")
        with pytest.raises(AssertionError, match="in vain"):
            await alice.expect(is_pong, 0.2)
        server.thaw()
        await alice.expect(is_pong)
        server.kill()
        await alice.closed()
        await alice.drop()
        server.start()
        await (await Person.arrive(server.port, "alice")).leave()


def test_each_database_is_fresh_and_speaks_unicode(postgresql: str) -> None:
    engine = sqlalchemy.create_engine(postgresql.replace("postgresql://", "postgresql+psycopg://"))
    with closing(engine.connect().connection) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SHOW server_encoding")
        assert cursor.fetchone() == ("UTF8",)
    engine.dispose()


async def test_services_come_back_with_their_server(arrive: Arrive) -> None:
    with InspIRCd(services=True) as server:
        alice = await arrive(server.port, "alice")
        await alice.register_account("secret")
        server.kill()
        server.start()
        await arrive(server.port, "alice", account="alice", password="secret")


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_a_missing_server_skips_here_and_fails_in_ci(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="apt-get install prosody"):
        program("no-such-server", "prosody")
