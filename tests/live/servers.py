"""The servers that Muster is tested against: InspIRCd with and without Atheme, ngIRCd, ZNC, prosody,
PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

from tests.live.processes import LOOPBACK, Server, free_port, missing, program

ROOM = "#nova"
"""The room that the bouncer sits in."""

OPERATOR = ("root", "operpass")
"""Name and password for ``OPER`` on both IRC servers."""

MODULES = """
    botmode cap chanhistory chghost hidechans ircv3 ircv3_accounttag ircv3_batch ircv3_capnotify ircv3_chghost
    ircv3_ctctags ircv3_echomessage ircv3_invitenotify ircv3_labeledresponse ircv3_msgid ircv3_servertime
    monitor namesx services_account setname spanningtree ssl_gnutls sslinfo svshold uhnames
"""
ATHEME_MODULES = """
    protocol/inspircd backend/opensex crypto/pbkdf2v2 nickserv/main nickserv/register nickserv/identify
    nickserv/ghost nickserv/cert nickserv/logout saslserv/main saslserv/plain saslserv/external
"""
NEW_KEY = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2"


def listens(port: int) -> bool:
    """Whether somebody accepts connections on a port of the loopback interface."""
    with socket.create_connection((LOOPBACK, port), timeout=2):
        return True


def converse(port: int, *lines: str, until: str) -> str:
    """Say some lines to an IRC server and return its answer up to a line that contains ``until``."""
    with (
        socket.create_connection((LOOPBACK, port), timeout=2) as sock,
        sock.makefile("r", newline="\r\n") as answer,
    ):
        sock.sendall("".join(line + "\r\n" for line in lines).encode())
        said = ""
        for line in answer:
            said += line
            if until in line:
                break
        return said


class Certificate:
    """A key and a self-made certificate, in two PEM files of a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.key = folder / f"{name}.key"
        self.certificate = folder / f"{name}.crt"
        names = ["-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        files = ["-keyout", str(self.key), "-out", str(self.certificate)]
        command = [program("openssl", "openssl"), *NEW_KEY.split(), *names, *files]
        subprocess.run(command, check=True, capture_output=True)

    def client_context(self, trust: Path) -> ssl.SSLContext:
        """TLS as a client that shows this certificate, to a server whose certificate is ``trust``."""
        context = ssl.create_default_context(cafile=trust)
        context.load_cert_chain(self.certificate, self.key)
        return context


class InspIRCd(Server):
    """InspIRCd 3 with the IRCv3 modules; with ``services``, Atheme is linked before it counts as started.

    It welcomes newcomers once a second, so let several people arrive at the same time.

    ``connect`` replaces the flood limits of its ``<connect>`` tag, ``extra`` is further configuration.
    """

    def __init__(self, *, services: bool = False, connect: str = "", extra: str = "") -> None:
        self.binary = program("inspircd", "inspircd")
        super().__init__()
        self.tls_port = free_port()
        self.link_port = free_port()
        self.certificate = Certificate(self.folder, "irc.test.invalid")
        self.connect = connect
        self.extra = extra
        self.services = Atheme(self) if services else None

    def command(self) -> list[str]:
        for path in (self.certificate.key, self.certificate.certificate):
            self.write(path.name, path.read_text())
        config = self.write("inspircd.conf", self.configuration())
        # Debian confines /usr/sbin/inspircd to /etc/inspircd with AppArmor; a copy elsewhere is free.
        binary = self.folder / "inspircd"
        if not binary.exists():
            shutil.copy(self.binary, binary)
        return [str(binary), "--config", str(config), "--nofork"]

    def configuration(self) -> str:
        here = self.folder
        where = f'configdir="{here}" datadir="{here}" logdir="{here}" moduledir="/usr/lib/inspircd/modules"'
        limits = (
            'fakelag="no" threshold="100000" commandrate="1000000" softsendq="10000000" hardsendq="20000000"'
        )
        if self.connect:
            limits = self.connect
        text = f"""
            <server name="irc.test.invalid" description="A test" network="Test" id="1AA">
            <admin name="Test" nick="test" email="test@test.invalid">
            <path {where}>
            <pid file="{here}/inspircd.pid">
            <log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{here}/log" flush="1">
            <sslprofile name="own" provider="gnutls" hash="sha256" requestclientcert="yes"
                certfile="{self.certificate.certificate}" keyfile="{self.certificate.key}">
            <bind address="{LOOPBACK}" port="{self.port}" type="clients">
            <bind address="{LOOPBACK}" port="{self.tls_port}" type="clients" sslprofile="own">
            <bind address="{LOOPBACK}" port="{self.link_port}" type="servers">
            <connect allow="*" timeout="20" pingfreq="60" resolvehostnames="no" useident="no" maxchans="600"
                localmax="1000" globalmax="1000" maxconnwarn="no" recvq="100000" {limits}>
            <options prefixquit="Quit: " splitwhois="no" allowzerolimit="no">
            <performance softlimit="1000" nouserdns="yes" clonesonconnect="no">
            <chanhistory maxlines="100" prefixmsg="no" savefrombots="yes" sendtobots="yes">
            <class name="all" commands="*" privs="*" usermodes="*" chanmodes="*">
            <type name="operator" classes="all">
            <oper name="{OPERATOR[0]}" password="{OPERATOR[1]}" host="*@*" type="operator">
            {self.extra}
            """
        text += "".join(f'<module name="{name}">\n' for name in MODULES.split())
        if self.services is not None:
            text += f"""
                <module name="sasl">
                <sasl target="{Atheme.name}" requiressl="no">
                <uline server="{Atheme.name}" silent="yes">
                <link name="{Atheme.name}" ipaddr="{LOOPBACK}" port="1" allowmask="{LOOPBACK}/8"
                    sendpass="linkpass" recvpass="linkpass">
                """
        return text

    def answers(self) -> bool:
        return listens(self.port)

    def start(self) -> None:
        super().start()
        if self.services is None:
            return
        if self.services.process is None:
            self.services.start()
        else:
            self.services.wait_until_it_answers()  # it links again by itself

    def stop(self) -> None:
        if self.services is not None:
            self.services.stop()
        super().stop()

    def close(self) -> None:
        if self.services is not None:
            self.services.close()
        super().close()


class Atheme(Server):
    """Atheme 7.2: accounts, SASL PLAIN and EXTERNAL, for an InspIRCd that it links to, again after a loss."""

    name = "services.test.invalid"

    def __init__(self, server: InspIRCd) -> None:
        self.binary = program("atheme-services", "atheme-services")
        super().__init__()
        self.server = server

    def command(self) -> list[str]:
        text = "".join(f'loadmodule "modules/{module}";\n' for module in ATHEME_MODULES.split())
        text += f"""
            crypto {{ pbkdf2v2_rounds = 10000; }};
            serverinfo {{
                name = "{self.name}"; desc = "Services"; numeric = "00S"; recontime = 1; netname = "Test";
                adminname = "Test"; adminemail = "test@test.invalid"; registeremail = "test@test.invalid";
                mta = "/bin/true"; loglevel = {{ error; info; }}; maxlogins = 100; maxusers = 1000;
                maxnicks = 10; maxchans = 10; mdlimit = 30; emaillimit = 1000; emailtime = 300; auth = none;
                casemapping = rfc1459;
            }};
            uplink "irc.test.invalid" {{
                host = "{LOOPBACK}"; port = {self.server.link_port};
                send_password = "linkpass"; receive_password = "linkpass";
            }};
            nickserv {{ nick = "NickServ"; user = "NickServ"; host = "{self.name}"; real = "Accounts"; }};
            saslserv {{ nick = "SaslServ"; user = "SaslServ"; host = "{self.name}"; real = "SASL"; }};
            general {{ commit_interval = 5; flood_msgs = 0; ratelimit_uses = 0; }};
            """
        config = self.write("atheme.conf", text)
        data = self.folder / "data"
        if not data.exists():
            data.mkdir()
            if self.user is not None:
                shutil.chown(data, self.user.pw_uid, self.user.pw_gid)
        files = [
            "-D",
            str(data),
            "-l",
            str(self.folder / "atheme.log"),
            "-p",
            str(self.folder / "atheme.pid"),
        ]
        return [self.binary, "-n", "-c", str(config), *files]

    def answers(self) -> bool:
        """Linked: the server offers SASL only while its services are there."""
        return " sasl" in converse(self.server.port, "CAP LS 302", until=" LS :")


class NgIRCd(Server):
    """ngIRCd 26: no accounts, no capability but ``multi-prefix``.

    ``throttled`` leaves it its penalties for those who talk fast.
    """

    def __init__(self, *, throttled: bool = False) -> None:
        self.binary = program("ngircd", "ngircd")
        super().__init__()
        self.throttled = throttled

    def command(self) -> list[str]:
        config = self.write(
            "ngircd.conf",
            f"""
            [Global]
            Name = irc.test.invalid
            Info = A test
            Listen = {LOOPBACK}
            Ports = {self.port}
            PidFile = {self.folder}/ngircd.pid
            MotdPhrase = Welcome
            [Limits]
            MaxConnections = 0
            MaxConnectionsIP = 0
            MaxJoins = 0
            MaxPenaltyTime = {-1 if self.throttled else 0}
            [Options]
            DNS = no
            Ident = no
            PAM = no
            [Operator]
            Name = {OPERATOR[0]}
            Password = {OPERATOR[1]}
            """,
        )
        return [self.binary, "-n", "-f", str(config)]

    def answers(self) -> bool:
        return listens(self.port)


class ZNC(Server):
    """ZNC 1.8, a bouncer that keeps one user in :data:`ROOM` of ``server`` and replays what was missed."""

    user_name = "muster"
    password = "bouncerpass"

    def __init__(self, server: Server) -> None:
        self.binary = program("znc", "znc")
        super().__init__()
        self.server = server

    def command(self) -> list[str]:
        folder = self.folder / "configs"
        if not folder.exists():
            folder.mkdir()
            if self.user is not None:
                shutil.chown(folder, self.user.pw_uid, self.user.pw_gid)
        self.write(
            "configs/znc.conf",
            f"""
            Version = 1.8.2
            AnonIPLimit = 1000
            ConnectDelay = 0
            ServerThrottle = 1
            ProtectWebSessions = false
            <Listener loopback>
                Host = {LOOPBACK}
                Port = {self.port}
                IPv4 = true
                IPv6 = false
                SSL = false
                AllowIRC = true
                AllowWeb = false
            </Listener>
            <User {self.user_name}>
                Pass = plain#{self.password}
                Nick = {self.user_name}
                AltNick = {self.user_name}_
                Ident = {self.user_name}
                RealName = {self.user_name}
                Buffer = 200
                MultiClients = true
                <Network test>
                    Server = {LOOPBACK} {self.server.port}
                    FloodBurst = 1000
                    FloodRate = 100.00
                    JoinDelay = 0
                    <Chan {ROOM}>
                    </Chan>
                </Network>
            </User>
            """,
        )
        return [self.binary, "--foreground", "--datadir", str(self.folder), "--no-color"]

    def answers(self) -> bool:
        """Whether it is on the server, and in the room."""
        login = [f"PASS {self.user_name}/test:{self.password}", "NICK x", "USER x 0 * x", f"PRIVMSG {ROOM} :"]
        return f" {ROOM} " in converse(self.port, *login, f"NAMES {ROOM}", until=f" {ROOM} ")


class Prosody(Server):
    """prosody 0.12 for ``localhost``: accounts that are there from the first, and two services of rooms.

    Rooms of :attr:`rooms` show everybody's address, those of :attr:`veiled` nobody's; both keep an archive,
    those of :attr:`forgetful` keep none. Everybody's password is :attr:`password`.

    ``tls``: a self-made certificate for ``localhost``, and no login without TLS.
    """

    host = "localhost"
    rooms = "rooms.localhost"
    veiled = "veiled.localhost"
    forgetful = "forgetful.localhost"
    password = "secret"
    accounts = (
        *("muster", "watcher", "alice", "bob", "carol", "mallory"),
        *("anna", "boris", "clara", "dmitri", "elena", "frida"),
    )

    def __init__(self, *, tls: bool = False, extra: str = "", hibernation: int = 600) -> None:
        self.binary = program("prosody", "prosody")
        super().__init__()
        self.tls = tls
        self.extra = extra
        self.hibernation = hibernation
        self.certificate = Certificate(self.folder, "localhost")

    def command(self) -> list[str]:
        for path in (self.certificate.key, self.certificate.certificate):
            self.write(path.name, path.read_text())
        accounts = self.folder / "data" / self.host / "accounts"
        if not accounts.exists():
            accounts.mkdir(parents=True)
            for name in self.accounts:
                (accounts / f"{name}.dat").write_text(f'return {{ ["password"] = "{self.password}"; }};\n')
            if self.user is not None:
                for path in (self.folder / "data", *(self.folder / "data").rglob("*")):
                    os.chown(path, self.user.pw_uid, self.user.pw_gid)
        return [self.binary, "--config", str(self.write("prosody.cfg.lua", self.configuration())), "-F"]

    def configuration(self) -> str:
        here, off = self.folder, "" if self.tls else '; "tls"'
        service = """
            Component "{0}" "muc"
                modules_enabled = {{ {1} }}
                muc_room_locking = false
                muc_room_default_persistent = true
                muc_room_default_public_jids = {2}
                muc_room_default_change_subject = true
            """
        return f"""
            daemonize = false
            pidfile = "{here}/prosody.pid"
            data_path = "{here}/data"
            log = {{ debug = "*console" }}
            interfaces = {{ "{LOOPBACK}" }}
            c2s_ports = {{ {self.port} }}
            c2s_direct_tls_ports = {{ }}
            s2s_ports = {{ }}
            http_ports = {{ }}
            https_ports = {{ }}
            authentication = "internal_plain"
            allow_unencrypted_plain_auth = {"false" if self.tls else "true"}
            c2s_require_encryption = {"true" if self.tls else "false"}
            certificates = "{here}"
            ssl = {{ certificate = "{self.certificate.certificate}"; key = "{self.certificate.key}" }}
            modules_enabled = {{ "saslauth"; "disco"; "ping"; "smacks"; "mam"; "posix"; "offline"; "tls" }}
            modules_disabled = {{ "s2s"; "http"{off} }}
            smacks_hibernation_time = {self.hibernation}
            archive_expires_after = "never"
            {self.extra}
            VirtualHost "{self.host}"
            """ + "".join(
            service.format(name, modules, shown)
            for name, modules, shown in (
                (self.rooms, '"muc_mam"', "true"),
                (self.veiled, '"muc_mam"', "false"),
                (self.forgetful, "", "true"),
            )
        )

    def answers(self) -> bool:
        return listens(self.port)

    def room(self, name: str, service: str = "") -> str:
        """The address of a room."""
        return f"{name}@{service or self.rooms}"


class PostgreSQL(Server):
    """A PostgreSQL cluster of our own; each :meth:`database` is fresh."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        self.binaries = found[-1].parent if found else Path(missing("postgresql"))
        super().__init__()
        self.count = 0
        self.settings: dict[str, str] = {}

    def command(self) -> list[str]:
        data = self.folder / "data"
        if not data.exists():
            made = self.spawn([*self.making(), "-D", str(data), "--no-sync"])
            assert made.wait(60) == 0, self.log
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "off",
            **self.settings,
        }
        chosen = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(data), *chosen]

    def making(self) -> list[str]:
        """What makes the folder with the data."""
        options = ["--auth=trust", "--username=muster", "--encoding=UTF8", "--locale=C.UTF-8"]
        return [str(self.binaries / "initdb"), *options]

    def ask(self, statement: str, database: str = "postgres") -> str:
        """Run one statement as the owner and return what ``psql`` prints."""
        where = f"postgresql://muster@{LOOPBACK}:{self.port}/{database}"
        psql = [str(self.binaries / "psql"), "-qAtX", "-c", statement, where]
        done = subprocess.run(psql, capture_output=True, text=True, timeout=20, check=False)
        if done.returncode:
            raise OSError(done.stderr)
        return done.stdout

    def answers(self) -> bool:
        return self.ask("SELECT 1") == "1\n"

    def database(self) -> str:
        """The URL of a new, empty database, as ``bot.ini`` wants it. It orders text by a language's rules, as
        most do.
        """
        self.count += 1
        how = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        self.ask(f"CREATE DATABASE muster{self.count} {how}")
        return f"postgresql://muster@{LOOPBACK}:{self.port}/muster{self.count}"


class Standby(PostgreSQL):
    """A hot standby that follows another cluster; it gives up at once what is read and in the way of that."""

    def __init__(self, primary: PostgreSQL) -> None:
        super().__init__()
        self.primary = primary
        self.settings = {"max_standby_streaming_delay": "0"}

    def making(self) -> list[str]:
        """A copy of the primary's data, which knows whom it follows."""
        whom = f"postgresql://muster@{LOOPBACK}:{self.primary.port}/"
        return [str(self.binaries / "pg_basebackup"), "-R", "-X", "stream", "-c", "fast", "-d", whom]

    def url(self, of_primary: str) -> str:
        """Where a database of the primary is here."""
        return of_primary.replace(f":{self.primary.port}/", f":{self.port}/")

    def has_followed(self) -> bool:
        """Whether all is here that the primary has now."""
        end = self.primary.ask("SELECT pg_current_wal_lsn()").strip()
        return self.ask(f"SELECT pg_last_wal_replay_lsn() >= '{end}'") == "t\n"

    def promote(self) -> None:
        """Follow nobody any more."""
        assert self.ask("SELECT pg_promote()") == "t\n"
