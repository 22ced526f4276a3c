"""bot.ini becomes a configuration, or a list of everything that is wrong with it."""

# ruff: noqa: E501, ISC004  (messages stand here whole)

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import (
    Config,
    ConfigError,
    ConsoleSettings,
    Declaration,
    RoomSettings,
    XmppSettings,
    describe,
    load,
    parse,
)
from bot.loader import declarations, installed
from bot.networks.irc.settings import IrcSettings
from bot.settings import Capability, Rooms, Secret, TrustedMask, setting

FILE = Path("/etc/muster/bot.ini")
OFTC = "[network oftc]\ntype = irc\nhost = irc.oftc.net\n"


@dataclass(frozen=True, slots=True)
class Greeting:
    """How to greet."""

    word: str = setting("Hello", help="The word to greet with.")
    rooms: Rooms = setting(Rooms(), help="Where to greet.")
    needs: Capability = setting(Capability(""), help="What it takes to be greeted.")
    also: Capability | None = setting(None, help="What it takes to be greeted twice.")


@dataclass(frozen=True, slots=True)
class Mail:
    """Where to send mail."""

    server: str = setting(help="The mail server.")
    password: Secret = setting(Secret(""), help="Its password.")


PLUGINS = {**declarations(installed()), "meetings": Declaration(Greeting), "mail": Declaration(Mail)}


def read(text: str, **environ: str) -> Config:
    return parse(text, FILE, plugins=PLUGINS, environ=environ)


def wrong(text: str, **environ: str) -> list[str]:
    """What is wrong with a configuration, a line for each mistake, without the file's name."""
    with pytest.raises(ConfigError) as caught:
        read(text, **environ)
    return [str(problem).removeprefix(f"{FILE}: ") for problem in caught.value.problems]


def warned(text: str) -> list[str]:
    return [str(problem).removeprefix(f"{FILE}: ") for problem in read(text).warnings]


def test_a_team_on_irc_is_configured_in_a_few_lines() -> None:
    config = read(
        """
        [bot]
        owners = oftc/alice
        timezone = America/Chicago

        [network oftc]
        type = irc
        host = irc.oftc.net
        sasl = plain
        sasl_user = muster
        sasl_password_env = OFTC
        channels = #muster, #private key

        [room nova]
        at = oftc/#nova
        log = always
        keep = 90 days
        profile = openstack
        """.replace("\n        ", "\n"),
        OFTC="hunter2 is the password",
    )
    assert config.bot.owners == ("oftc/alice",)
    assert config.bot.timezone == "America/Chicago"
    network = config.networks["oftc"]
    assert isinstance(network, IrcSettings)
    assert network.sasl_password.reveal() == "hunter2 is the password"
    assert network.channels == ("#muster", "#private key")
    assert config.rooms["nova"] == RoomSettings(
        at=Rooms(["oftc/#nova"]), log="always", keep=timedelta(days=90), profile="openstack"
    )
    assert config.plugins["meetings"] == Greeting()
    assert config.warnings == ()


def test_ten_mistakes_are_ten_answers() -> None:
    assert wrong(
        """
[bot]
nick = mus ter
timezone = Europe/Berln
owners = ofct/alice
log_level = chatty

[network oftc]
type = irc
host = irc.oftc.net
port = 66970
sasl = plain
sasl_user = muster
nickserv_pasword = hunter2

[room nova]
at = oftc/nova
log = sometimes

[rooms glance]
at = oftc/#glance

[web]
listen = everywhere
"""
    ) == [
        "[bot] timezone = Europe/Berln: is no time zone; write a name of the IANA database, such as"
        " Europe/Berlin or UTC",
        "[bot] log_level = chatty: must be debug, info, warning or error",
        "[network oftc] nickserv_pasword: there is no such setting here: did you mean nickserv_password?",
        "[network oftc] port = 66970: must be a whole number from 0 to 65535",
        "[room nova] log = sometimes: must be meetings, always or never",
        "[rooms glance]: there is no such section: did you mean [room glance]?",
        "[web] listen = everywhere: must be ADDRESS:PORT, such as 127.0.0.1:8642 or [::]:8642",
        "[bot] nick = mus ter: is no nick: letters, digits and -_[]{}\\|`^, a letter first",
        "[bot] owners = ofct/alice: there is no network 'ofct': did you mean oftc?",
        "[room nova] at = oftc/nova: 'nova' is no channel: channels begin with #",
        "[network oftc] sasl_password: is missing: sasl = plain needs the account's password, here or by"
        " sasl_password_file",
    ]


def test_what_a_section_lacks_hides_nothing_else_that_is_wrong_with_it() -> None:
    assert wrong(
        """
[network oftc]
type = irc
sasl = plain
encoding_fallback = klingon
channels = nova

[network x]
type = xmpp
rooms = nova

[room nova]
at = nova
"""
    ) == [
        "[network oftc] host: is missing: The server to connect to.",
        "[network x] jid: is missing: Muster's address: NAME@SERVER.",
        "[network x] password: is missing: Its password.",
        "[room nova] at = nova: 'nova' names no room: write NETWORK/ROOM, such as oftc/#nova",
        "[network oftc] sasl_user: is missing: sasl = plain needs it",
        "[network oftc] sasl_password: is missing: sasl = plain needs the account's password, here or by"
        " sasl_password_file",
        "[network oftc] channels = nova: is no channel: write #CHANNEL or #CHANNEL KEY",
        "[network oftc] encoding_fallback = klingon: is no encoding that Python knows: write latin-1 or"
        " cp1252, say",
        "[network x] rooms = nova: is no room: write NAME@SERVICE",
    ]


def test_everything_has_a_default_but_where_to_connect_to() -> None:
    config = read("[network console]\ntype = console")
    assert config.networks == {"console": ConsoleSettings()}
    assert config.bot.data_dir == FILE.parent / "var"
    assert config.bot.database.reveal() == "sqlite:///muster.db"
    assert not config.web.base_url
    assert read("").networks == {}


def test_a_capability_is_one_that_there_is_or_none() -> None:
    assert read("[plugin meetings]\nneeds = owner").plugins["meetings"].needs == "owner"
    assert not read("[plugin meetings]\nneeds =\nalso =").plugins["meetings"].needs


def test_a_percent_sign_is_a_percent_sign() -> None:
    assert read("[bot]\nrealname = 100 %% sure %(nick)s").bot.realname == "100 %% sure %(nick)s"


def test_only_a_semicolon_starts_a_comment() -> None:
    config = read(
        f"""; at the start
{OFTC}
  ; in between
channels = #nova, ; the first
  ; indented
  #glance ; the second
nick = a;b
[bot]
realname = # is no comment ; this is
"""
    )
    network = config.networks["oftc"]
    assert isinstance(network, IrcSettings)
    assert network.channels == ("#nova", "#glance")
    assert network.nick == "a;b"
    assert config.bot.realname == "# is no comment"


def test_a_network_takes_muster_s_name_from_bot_and_may_have_its_own() -> None:
    text = f"[bot]\nnick = mustard\nrealname = Hot\n{OFTC}[network console]\ntype = console\nnick = other"
    networks = read(text).networks
    oftc, console = networks["oftc"], networks["console"]
    assert isinstance(oftc, IrcSettings)
    assert isinstance(console, ConsoleSettings)
    assert (oftc.nick, oftc.realname, console.nick) == ("mustard", "Hot", "other")


def test_a_secret_comes_from_the_file_itself_another_file_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from ; a file\n")
    (tmp_path / "secret").chmod(0o600)
    xmpp = "[network x]\ntype = xmpp\njid = a@b\n"
    for line in ("password = here", "password_file = secret", "password_env = PW"):
        path = tmp_path / "bot.ini"
        path.write_text(f"{xmpp}{line} ; or not" if "_" in line else xmpp + line)
        path.chmod(0o600)
        config = load(path, environ={"PW": "from the environment"})
        network = config.networks["x"]
        assert isinstance(network, XmppSettings)
        assert network.password.reveal() in {"here", "from ; a file", "from the environment"}
        assert not config.warnings


def test_a_secret_that_cannot_be_had_is_one_mistake(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    xmpp = "[network x]\ntype = xmpp\njid = a@b\n"
    for line, why in {
        "password_file = no-such-file": "password_file = no-such-file: cannot be read: No such file or directory",
        "password_file = empty": "password_file = empty: the file is empty: it must hold the secret alone",
        "password_file = ~no-such-user/x": "password_file = ~no-such-user/x: no user here is called no-such-user:"
        " write the whole path",
        "password_env = NOPE": "password_env = NOPE: there is no such variable in the environment",
        "password = a\npassword_env = PW": "password: is given by password and password_env: leave one of them",
        "password = a ; b": "password: holds a blank and a ;, which start a comment: put it into a file,"
        " password_file = FILE",
        "password =": "password: is empty: give a secret, or leave the whole line out",
        "": "password: is missing: Its password.",
    }.items():
        with pytest.raises(ConfigError) as caught:
            parse(xmpp + line, tmp_path / "bot.ini", environ={})
        assert [str(problem) for problem in caught.value.problems] == [
            f"{tmp_path}/bot.ini: [network x] {why}"
        ]


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    path = tmp_path / "bot.ini"
    path.write_text(
        f"[bot]\ndatabase = postgresql://muster:hunter2@db/muster\n{OFTC}password = hunter2\n"
        "sasl = plain\nsasl_user = m\nsasl_password = hunter2\nchannels = #a hunter2\n[web]\ntoken = hunter2hunter2hunter2"
    )
    path.chmod(0o600)
    assert "hunter2" not in repr(load(path))
    for mistake in (
        "database = mysql://u:hunter2@h/d",
        "pasword = hunter2",
        "password hunter2",
        "hunter2",
        "[web]\ntoken = hunter2 ; x",
        f"{OFTC}sasl_pass = hunter2\nchannels = a hunter2, #b hunter2 hunter2",
        f"{OFTC}[network oftc2]\ntype = irc\nnickserv_password = hunter2\nnickserv_password = hunter2",
    ):
        assert not any("hunter2" in line for line in wrong(f"[bot]\n{mistake}"))


def test_everybody_reading_a_password_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "bot.ini"
    path.write_text(f"{OFTC}nickserv_password = hunter2")
    path.chmod(0o644)
    (warning,) = load(path).warnings
    assert str(warning) == (
        f"{path}: [network oftc] nickserv_password: everybody on this machine can read {path}: chmod 600 {path}"
    )


def test_a_path_is_relative_to_the_file_that_names_it() -> None:
    assert read("[bot]\ndata_dir = ../data").bot.data_dir == Path("/etc/muster/../data")
    assert read("[bot]\ndata_dir = /srv").bot.data_dir == Path("/srv")


MISTAKES = r"""
nick = x
[bot]
=> line 1 stands before the first [section]

[bot]
nick muster
=> [bot]: line 2 is not KEY = VALUE, nor a comment, which starts with ;

[bot]
nick = a
nick = b
=> [bot] nick: is set twice: leave one of the two

[bot]
[bot]
=> [bot]: stands here twice: put all of it in one place

OFTC
[room  a]
at = oftc/#a
[room a]
log = x
at = oftc/#a
=> [room a]: stands here twice: put all of it in one place
=> [room a] log = x: must be meetings, always or never

[bot x]
=> [bot x]: there is one such section: write [bot]

[room]
=> [room]: needs a name, such as [room nova]

[x]
=> [x]: there is no such section: there are [bot], [web], [tracker], [room NAME], [network NAME], [plugin NAME], [gerrit NAME] and [team NAME]

[network a]
=> [network a] type: is missing: it must be irc, xmpp or console

[network a]
type = icr
=> [network a] type = icr: must be irc, xmpp or console: did you mean irc?

[network a]
type = irc
=> [network a] host: is missing: The server to connect to.

[network a]
type = console
[network b]
type = console
=> there is one terminal: leave one network with type = console

[bot]
prefix = a
=> [bot] prefix = a: must be a sign without blanks, such as !

[bot]
owners = alice
=> [bot] owners = alice: 'alice' is no NETWORK/ACCOUNT, such as oftc/alice

[bot]
owners = x/a
=> [bot] owners = x/a: there is no network 'x': there is none

[bot]
plugins = meetngs
=> [bot] plugins = meetngs: there is no plugin 'meetngs': did you mean meetings?; installed: blueprints, duty, mail, meetings, publishing, reminders, reviews, rosters, search, tracker and triage

[plugin meetngs]
=> [plugin meetngs]: there is no such plugin: did you mean [plugin meetings]?

[plugin meetings]
wrod = x
=> [plugin meetings] wrod: there is no such setting here: did you mean word?

[plugin meetings]
needs = king
also = ownr
=> [plugin meetings] needs = king: there is no such capability: there is coordinator, lead:TEAM, member:TEAM and owner
=> [plugin meetings] also = ownr: there is no such capability: did you mean owner?

[plugin meetings]
rooms = x
=> [plugin meetings] rooms = x: 'x' names no room: write NETWORK/ROOM, such as oftc/#nova

[bot]
plugins = mail
=> [plugin mail] server: is missing: The mail server.

[room a]
=> [room a] at: is missing: where it is, such as at = oftc/#nova

OFTC
[room a]
at = oftc/#a
[room b]
at = oftc/#A
=> [room b] at = oftc/#A: oftc/#A is [room a] already

OFTC
[room a]
at = oftc/#a
[room b]
at = oftc/#b, oftc/#A
=> [room b] at = oftc/#b, oftc/#A: oftc/#A is [room a] already

OFTC
[room a]
at = ofct/#a, oftc/#a
=> [room a] at = ofct/#a, oftc/#a: there is no network 'ofct': did you mean oftc?

OFTC
[room a]
at = oftc/#a, oftc/#A
=> [room a] at = oftc/#a, oftc/#A: names oftc/#a more than once

OFTC
[room a]
at = otfc/#a
=> [room a] at = otfc/#a: there is no network 'otfc': did you mean oftc?

OFTC
nick = 1abc
=> [network oftc] nick = 1abc: is no nick: letters, digits and -_[]{}\|`^, a letter first

OFTC
sasl = external
=> [network oftc] cert: is missing: sasl = external needs it

OFTC
cert = none.pem
=> [network oftc] cert = /etc/muster/none.pem: there is no such file

OFTC
channels = nova key
=> [network oftc] channels = nova: is no channel: write #CHANNEL or #CHANNEL KEY

OFTC
encoding_fallback = klingon
=> [network oftc] encoding_fallback = klingon: is no encoding that Python knows: write latin-1 or cp1252, say

OFTC
trusted_masks = alice = alice
=> [network oftc] trusted_masks = alice = alice: 'alice = alice' is no NICK!USER@HOST = ACCOUNT, such as alice!al@*.example.org = alice

[network LONG]
type = console
=> [network LONG]: a network's name has 64 characters at most

[network x]
type = irc
host = irc://x
=> [network x] host = irc://x: must be the server's name or address alone, such as irc.oftc.net

[network x]
type = irc
host = irc.oftc.net:6697
=> [network x] host = irc.oftc.net:6697: must be the server's name or address alone, such as irc.oftc.net

[network x]
type = xmpp
jid = xmpp:a@b
password = y
host = b:5222
rooms = z@b/nick, xmpp:z@b?join
=> [network x] jid = xmpp:a@b: must be NAME@SERVER
=> [network x] host = b:5222: must be the server's name or address alone, such as xmpp.example.org
=> [network x] rooms = z@b/nick: is no room: write NAME@SERVICE
=> [network x] rooms = xmpp:z@b?join: is no room: write NAME@SERVICE

[network x]
type = xmpp
jid = a@b
password = y
host = ::1
cafile = nowhere.pem
=> [network x] cafile = /etc/muster/nowhere.pem: there is no such file

[network x]
type = xmpp
jid = x
password = y
rooms = z
=> [network x] jid = x: must be NAME@SERVER
=> [network x] rooms = z: is no room: write NAME@SERVICE

[network x]
type = xmpp
jid = a@b
password = y
[room z]
at = x/z
=> [room z] at = x/z: 'z' is no room: write NAME@SERVICE

[tracker]
type = launchpad
=> [tracker] project: is missing: Launchpad needs it

[tracker]
service_root = there
=> [tracker] service_root = there: must be production, staging or a URL

[web]
base_url = example.org
=> [web] base_url = example.org: must be a URL, such as https://meetings.example.org

[web]
public = no
=> [web] token: is missing: with public = no nobody could read

[team nova]
channel = #nova
=> [team nova] channel = #nova: must be NETWORK/ROOM, such as oftc/#nova

[team nova]
channel = oftc/#nova
=> [team nova] channel = oftc/#nova: there is no network 'oftc': there is none

[team nova]
list = a@b
titel = x
=> [team nova] titel: there is no such setting here: did you mean title?
"""


def test_a_file_to_trust_that_holds_no_certificate_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("-----BEGIN nothing-----")
    (mistake,) = wrong(f"[network x]\ntype = xmpp\njid = a@b\npassword = y\ncafile = {path}")
    assert mistake.endswith(": holds no certificate: it must be a PEM file")


@pytest.mark.parametrize("case", MISTAKES.strip().split("\n\n"))
def test_each_mistake_is_named_with_what_would_be_right(case: str) -> None:
    text, *mistakes = case.replace("LONG", "n" * 65).split("\n=> ")
    assert wrong(text.replace("OFTC\n", OFTC)) == mistakes


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        (
            f"{OFTC}trusted_masks = alice!*@* = alice, bob!*@vpn.example.org = bob",
            [
                "[network oftc] trusted_masks = alice!*@* = alice: whoever takes this nick has all rights of"
                " alice: name a host that only they have",
                "[network oftc] trusted_masks = bob!*@vpn.example.org = bob: whoever can come from"
                " vpn.example.org has all rights of bob: nicks and user names prove nothing, so be sure that"
                " only bob can",
            ],
        ),
        (
            f"{OFTC}tls = no",
            [
                "[network oftc] tls = no: what is said, and Muster's password, can be read and changed on the way"
            ],
        ),
        (
            f"{OFTC}tls_verify = no",
            [
                "[network oftc] tls_verify = no: whoever stands between can pretend to be the server: prefer a"
                " certificate that is trusted"
            ],
        ),
        ("[network x]\ntype = irc\nhost = 127.0.0.1\ntls = no", []),
        (
            "[network x]\ntype = xmpp\njid = m@x\npassword = y\n"
            "trusted_masks = al!kbCv+/=@r@c.x = al@x, al!*@r@c.x = al@x, al!kb@*@c.x = al@x, al!kb@c.x = al@x",
            [
                "[network x] trusted_masks = al!*@r@c.x = al@x: whoever takes this nick has all rights of al@x:"
                " write the room's own id of the occupant",
                "[network x] trusted_masks = al!kb@*@c.x = al@x: whoever has a room that fits *@c.x has all"
                " rights of al@x: name the room",
                "[network x] trusted_masks = al!kb@c.x = al@x: fits nobody: write NICK!ID@ROOM, the room as"
                " NAME@SERVICE",
            ],
        ),
        (
            f"{OFTC}[room a]\nat = oftc/#a\nkeep = 9 days",
            [
                "[room a] keep = 9 days: has no effect unless log = always: the lines of meetings are always kept"
            ],
        ),
        ("[network console]\ntype = console", []),
        (
            f"{OFTC}[network console]\ntype = console",
            [
                "[network console] type = console: Muster ends, on all networks, when its input does: take this"
                " out where nobody types"
            ],
        ),
        (f"{OFTC}[room a]\nat = oftc/#a, oftc/#b", []),
        (
            "[network console]\ntype = console\n[room a]\nat = console/#console, console/#b",
            [
                "[room a] at = console/#console, console/#b: console has one room, #console: nobody hears the"
                " others"
            ],
        ),
        (
            "[network x]\ntype = xmpp\njid = m@x.example\npassword = y\nhost = 127.0.0.1\n"
            "[room a]\nat = x/a@c, x/b@c",
            [
                "[room a] at = x/a@c, x/b@c: on x, whoever has one nick in two of these rooms is taken for one"
                " person",
            ],
        ),
        ("[web]\ntoken = short", ["[web] token: can be guessed: take 16 characters or more"]),
    ],
)
def test_what_is_allowed_but_risky_is_warned_of(text: str, warnings: list[str]) -> None:
    assert warned(text) == warnings


def test_masks_are_read_as_pairs() -> None:
    network = read(f"{OFTC}trusted_masks =\n  alice!*@a.example = alice\n  b?b!*@b.example = bob").networks[
        "oftc"
    ]
    assert isinstance(network, IrcSettings)
    assert network.trusted_masks == (
        TrustedMask("alice!*@a.example", "alice"),
        TrustedMask("b?b!*@b.example", "bob"),
    )


def test_plugins_that_are_of_no_interest_are_not_looked_at() -> None:
    assert parse("[bot]\nplugins = any\n[plugin other]\nx = y", FILE).plugins == {}


def test_a_file_without_a_network_is_no_use(tmp_path: Path) -> None:
    path = tmp_path / "bot.ini"
    path.write_text("[bot]")
    with pytest.raises(ConfigError, match=r"no \[network NAME\] section: add one"):
        load(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.ini: cannot be read: No such file"):
        load(tmp_path / "none.ini")
    path = tmp_path / "bot.ini"
    path.write_bytes(b"[bot]\nrealname = caf\xe9")
    with pytest.raises(ConfigError, match="line 2 is not UTF-8"):
        load(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "bot.ini"
    path.write_bytes(b"\xef\xbb\xbf[network console]\r\ntype = console\r\n")
    assert set(load(path).networks) == {"console"}


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("[]=;#\n \t%bot network a/"))))
def test_no_file_makes_the_reading_fail_in_another_way(text: str) -> None:
    with contextlib.suppress(ConfigError):
        read(text)


def test_a_configuration_cannot_be_changed() -> None:
    config = read(OFTC)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.bot = config.bot  # type: ignore[misc]


def test_every_setting_is_described_in_a_sentence() -> None:
    for section in describe(PLUGINS):
        assert section.about.endswith(".")
        for one in section.settings:
            assert one.help.endswith("."), f"[{section.header}] {one.key}"
            assert one.type
    keys = {(one.header, one.variant): [s.key for s in one.settings] for one in describe(PLUGINS)}
    assert "list" in keys["team NAME", ""]
    assert keys["plugin meetings", ""] == ["word", "rooms", "needs", "also"]
