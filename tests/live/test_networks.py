"""Networks as ``bot.ini`` names them: with TLS and a login, several at once, and one that cannot be."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.live.archive import only_meeting
from tests.live.muster import Muster, irc
from tests.live.person import Person
from tests.live.servers import Certificate, InspIRCd, NgIRCd
from tests.live.table import MUSTER

Arrive = Callable[..., Awaitable[Person]]
Start = Callable[..., Awaitable[Muster]]


async def account_of(person: Person, nick: str) -> str:
    """The account that somebody is logged in to; empty for none."""
    person.send(f"WHOIS {nick}")
    account = ""
    while True:
        heard = await person.expect(lambda heard: heard.command in ("330", "318"))
        if heard.command == "318":
            return account
        account = heard.params[2]


@pytest.fixture
async def alice(inspircd: InspIRCd, arrive: Arrive) -> Person:
    """Somebody in ``#tls``."""
    person = await arrive(inspircd.port, "alice")
    await person.join("#tls")
    return person


async def test_tls_and_sasl_plain(inspircd: InspIRCd, arrive: Arrive, muster: Start, alice: Person) -> None:
    owner = await arrive(inspircd.port, "plainbot")
    await owner.register_account("s3cret")
    await owner.leave()
    login = {"sasl": "plain", "sasl_user": "plainbot", "sasl_password": "s3cret"}
    one = await muster(
        {"network test": irc(inspircd.tls_port, "#tls", tls="yes", **login)},
        environment={"SSL_CERT_FILE": str(inspircd.certificate.certificate)},
    )
    await alice.sees("JOIN", MUSTER)
    assert await account_of(alice, MUSTER) == "plainbot"
    assert "s3cret" not in one.log


async def test_tls_and_sasl_external(
    inspircd: InspIRCd, arrive: Arrive, muster: Start, alice: Person, tmp_path: Path
) -> None:
    mine = Certificate(tmp_path, "external")
    pem = tmp_path / "muster.pem"
    pem.write_text(mine.certificate.read_text() + mine.key.read_text())
    trust = inspircd.certificate.certificate
    owner = await arrive(inspircd.tls_port, "externalbot", tls=mine.client_context(trust))
    await owner.register_account("secret")
    owner.say("NickServ", "CERT ADD")
    await owner.hears("fingerprint", by="NickServ")
    await owner.leave()
    settings = irc(inspircd.tls_port, "#tls", tls="yes", sasl="external", cert=pem)
    await muster({"network test": settings}, environment={"SSL_CERT_FILE": str(trust)})
    await alice.sees("JOIN", MUSTER)
    assert await account_of(alice, MUSTER) == "externalbot"


async def test_where_there_is_no_sasl_nickserv_is_told_the_password(
    inspircd: InspIRCd, arrive: Arrive, muster: Start, alice: Person
) -> None:
    owner = await arrive(inspircd.port, "nickbot")
    await owner.register_account("s3cret")
    await owner.leave()
    one = await muster(
        {"network test": irc(inspircd.port, "#tls", nick="nickbot", nickserv_password="s3cret")}
    )
    await alice.sees("JOIN", "nickbot")
    assert await account_of(alice, "nickbot") == "nickbot"
    assert "s3cret" not in one.log


async def test_a_false_nickserv_is_not_told_the_password(
    ngircd: NgIRCd, arrive: Arrive, muster: Start
) -> None:
    alice, thief = await gather(arrive(ngircd.port, "alice"), arrive(ngircd.port, "NickServ"))
    await alice.join("#tls")
    one = await muster({"network test": irc(ngircd.port, "#tls", nickserv_password="s3cret")})
    await alice.sees("JOIN", MUSTER)
    await one.logs("the password is kept back")
    alice.say("NickServ", "over")
    await thief.hears("over", by="alice")
    assert not any("s3cret" in heard.raw for heard in thief.heard)


async def test_a_server_whose_certificate_nobody_vouches_for_gets_no_password(
    inspircd: InspIRCd, muster: Start, tmp_path: Path
) -> None:
    wrong = Certificate(tmp_path, "another")
    login = {"sasl": "plain", "sasl_user": "plainbot", "sasl_password": "s3cret"}
    one = await muster(
        {"network test": irc(inspircd.tls_port, "#tls", tls="yes", **login)},
        environment={"SSL_CERT_FILE": str(wrong.certificate)},
    )
    line = await one.logs("the certificate of 127.0.0.1 is not trusted")
    assert "Let this machine trust who signed it" in line
    await one.logs("trying again in")  # the server's owner may put it right
    await one.logs("the certificate of 127.0.0.1 is not trusted")
    assert await one.stop() == 0


async def test_a_wrong_password_ends_the_network_and_says_what_to_correct(
    inspircd: InspIRCd, muster: Start
) -> None:
    login = {"sasl": "plain", "sasl_user": "nobody", "sasl_password": "wrong"}
    one = await muster({"network test": irc(inspircd.port, "#tls", **login)})
    one.expect("ERROR bot.app: test: .*correct sasl_user and sasl_password in")
    assert await one.ended() == 1
    assert "services refuse the login by SASL: correct sasl_user and sasl_password in" in one.log


async def test_several_networks_at_once_and_one_that_fails_alone(
    inspircd: InspIRCd, ngircd: NgIRCd, arrive: Arrive, muster: Start
) -> None:
    login = {"sasl": "plain", "sasl_user": "nobody", "sasl_password": "wrong"}
    anne, bert = await gather(arrive(inspircd.port, "anne"), arrive(ngircd.port, "bert"))
    await anne.join("#both")
    await bert.join("#both")
    one = await muster(
        {
            "network rich": irc(inspircd.port, "#both"),
            "network poor": irc(ngircd.port, "#both"),
            "network wrong": irc(inspircd.port, "#both", nick="wrong", **login),
        }
    )
    one.expect("ERROR bot.app: wrong: ")
    await gather(anne.sees("JOIN", MUSTER), bert.sees("JOIN", MUSTER))
    await one.logs("ERROR bot.app: wrong: ")
    for person in (anne, bert):
        person.say("#both", "#startmeeting Both")
        await person.hears("Useful Commands", by=MUSTER)
    anne.say("#both", "#info said on the rich one")
    bert.say("#both", "#info said on the poor one")
    anne.say("#both", "#endmeeting")
    bert.say("#both", "#endmeeting")
    await gather(anne.hears("Log: ", by=MUSTER), bert.hears("Log: ", by=MUSTER))
    texts = [path.read_text() for path in one.files(".json")]
    assert len(texts) == 2
    assert sum("said on the rich one" in text for text in texts) == 1
    assert await one.stop() == 1  # one network could not be used


async def test_it_ends_within_five_seconds_and_leaves_in_order(
    ngircd: NgIRCd, arrive: Arrive, muster: Start
) -> None:
    alice = await arrive(ngircd.port, "alice")
    await alice.join("#leave")
    one = await muster({"network test": irc(ngircd.port, "#leave")})
    await alice.sees("JOIN", MUSTER)
    alice.say("#leave", "#startmeeting Cut short")
    await alice.hears("Useful Commands", by=MUSTER)
    assert await one.stop() == 0
    quit_ = await alice.sees("QUIT", MUSTER)
    assert "Muster is leaving" in quit_.text
    await one.start()
    await alice.sees("JOIN", MUSTER)
    alice.say("#leave", "#endmeeting")
    await alice.hears("Log: ", by=MUSTER)
    assert only_meeting(one.folder / "archive").json["minutes"]["title"] == "Cut short"
