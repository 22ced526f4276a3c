"""``bot.ini``: read, checked, and every mistake in it named at once.

The form is that of :mod:`configparser` without interpolation, so that ``%`` is just a character. Keys count
in any case and stand before ``=``; a value may go on in lines that are indented. A ``;`` at the start of a
line or after a blank starts a comment; a ``#`` never does, since it starts a channel. A secret may come from
``KEY_file`` (a file that holds nothing else) or ``KEY_env`` (a variable of the environment) instead of
``KEY``. A relative path is relative to the file that names it, except the file of an SQLite ``database``,
which is in ``data_dir``.
"""

from __future__ import annotations

import configparser
import dataclasses
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.access import OWNER
from bot.crosscheck import mistakes, risks
from bot.networks.xmpp.settings import XmppSettings
from bot.sections import (
    FROM_BOT,
    NETWORK_TYPES,
    BotSettings,
    Config,
    ConsoleSettings,
    NetworkSettings,
    Problem,
    Profile,
    RoomSettings,
    WebSettings,
)
from bot.settings import Declared, Secret, convert, declared, kind_text, path_in, value_text
from bot.text import listed, nearest

__all__ = [
    "BotSettings",
    "Config",
    "ConfigError",
    "ConsoleSettings",
    "NetworkSettings",
    "Problem",
    "Profile",
    "RoomSettings",
    "SectionDoc",
    "SettingDoc",
    "WebSettings",
    "XmppSettings",
    "describe",
    "load",
    "parse",
]

_SINGLE: Mapping[str, type] = {"bot": BotSettings, "web": WebSettings}
# Sections that have a name each. What is in one of a network or a plugin depends on which it is.
_NAMED: Mapping[str, type] = {"room": RoomSettings, "network": object, "plugin": object}
_EXAMPLES: Mapping[str, str] = {"network": "oftc", "plugin": "meetings"}


class ConfigError(Exception):
    """The configuration cannot be used; :attr:`problems` are all the reasons, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def load(
    path: Path,
    *,
    plugins: Mapping[str, Declaration] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Config:
    """Read ``bot.ini`` from ``path``.

    ``plugins`` has what every installed plugin declares, by its name; ``None`` where plugins are of no
    interest: then their names and sections are not looked at. Raises :class:`ConfigError` with all that is
    wrong.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
        raise ConfigError((Problem(str(path), "", "", None, why),)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        why = f"line {line} is not UTF-8: save the file in that encoding"
        raise ConfigError((Problem(str(path), "", "", None, why),)) from error
    return _parse(text, path, plugins, environ, needs_network=True)


def parse(
    text: str,
    path: Path,
    *,
    plugins: Mapping[str, Declaration] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Config:
    """As :func:`load`, of a text that would stand in the file ``path``; it need not name a network."""
    return _parse(text, path, plugins, environ, needs_network=False)


def _parse(
    text: str,
    path: Path,
    plugins: Mapping[str, Declaration] | None,
    environ: Mapping[str, str],
    *,
    needs_network: bool,
) -> Config:
    reading = _Reading(path, environ, plugins)
    sections = reading.sections(text)
    config = reading.config(sections)
    networks = {one.name for one in sections if one.kind == "network"}
    if needs_network and not networks:
        why = "there is no [network NAME] section: add one, such as [network console] with type = console"
        reading.problem("", "", None, why)
    # A setting that is wrong by itself has its default here, or nothing: that is not judged as well.
    told = {(problem.section, problem.key) for problem in reading.problems if problem.key}
    capabilities = {OWNER}.union(*(one.capabilities for one in (plugins or {}).values()))
    found = [*mistakes(config, networks, capabilities)]
    for one in (plugins or {}).values():
        found += one.mistakes(config, networks)
    reading.problems += (one for one in found if (one.section, one.key) not in told)
    if reading.problems:
        raise ConfigError(tuple(reading.problems))
    return dataclasses.replace(config, warnings=(*reading.warnings, *risks(config)))


def _no_mistakes(_config: Config, _networks: Collection[str]) -> Iterable[Problem]:
    return ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a plugin declares of ``bot.ini``: its ``settings`` (``[plugin NAME]``), ``sections`` of its own
    (``tracker``, or ``team NAME`` where each has a name), the ``capabilities`` that settings may name, and
    ``mistakes``: what contradicts in what could be read, given the names of all networks.
    """

    settings: type
    sections: Mapping[str, type] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    mistakes: Callable[[Config, Collection[str]], Iterable[Problem]] = _no_mistakes


_HEADER = re.compile(r"^\[(.+)\]", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|[ \t]+);.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Section:
    """A section as it stands in the file: ``[kind name]``."""

    header: str
    kind: str
    name: str
    keys: Mapping[str, str]


class _Reading:
    """The reading of one file: gathers what is wrong on the way."""

    def __init__(
        self, path: Path, environ: Mapping[str, str], plugins: Mapping[str, Declaration] | None
    ) -> None:
        self.plugins = plugins
        self.single = dict(_SINGLE)
        self.named = dict(_NAMED)
        for one in (plugins or {}).values():
            for header, kind in one.sections.items():
                name, _, is_named = header.partition(" ")
                (self.named if is_named else self.single)[name] = kind
        self.path = path
        self.base = path.parent.absolute()
        self.environ = environ
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def problem(self, section: str, key: str, value: str | None, why: str) -> None:
        self.problems.append(Problem(str(self.path), section, key, value, why))

    # The file

    def sections(self, text: str) -> list[_Section]:
        """The sections in their order. A line that cannot be read is reported and passed over."""
        text = _HEADER.sub(lambda header: f"[{' '.join(header[1].split())}]", text)
        lines = text.splitlines()
        while True:
            parser = configparser.RawConfigParser(
                delimiters=("=",), comment_prefixes=(";",), default_section="\0"
            )
            try:
                parser.read_string("\n".join(lines))
            except configparser.DuplicateSectionError as error:
                self.problem(error.section, "", None, "stands here twice: put all of it in one place")
                # Renamed and not removed, so that what stands in it is checked all the same.
                lines[(error.lineno or 1) - 1] = f"[{error.section}\0{error.lineno}]"
            except configparser.DuplicateOptionError as error:
                section = error.section.partition("\0")[0]
                self.problem(section, error.option, None, "is set twice: leave one of the two")
                lines[(error.lineno or 1) - 1] = f"\0{error.lineno} ="
            except configparser.MissingSectionHeaderError as error:
                why = f"line {error.lineno} stands before the first [section]"
                self.problem("", "", None, why)
                lines[error.lineno - 1] = ";"
            except configparser.ParsingError as error:
                for number, _ in error.errors:
                    # What the line says is not repeated: it may be a password.
                    section = next((line for line in reversed(lines[:number]) if line.startswith("[")), "")
                    why = f"line {number} is not KEY = VALUE, nor a comment, which starts with ;"
                    self.problem(section.strip("[] ").partition("\0")[0], "", None, why)
                    lines[number - 1] = ";"
            else:
                return [self._section(header, parser[header]) for header in parser.sections()]

    def _section(self, header: str, keys: Mapping[str, str]) -> _Section:
        kind, _, name = header.partition("\0")[0].partition(" ")
        values = {key: value for key, value in keys.items() if not key.startswith("\0")}
        return _Section(f"{kind} {name}".strip(), kind, name, values)

    # The whole

    def config(self, sections: list[_Section]) -> Config:
        """All that could be read; where something is wrong, its default."""
        single: dict[str, Any] = {}
        named: dict[str, dict[str, Any]] = {kind: {} for kind in self.named}
        bot = next((one for one in sections if one.header == "bot"), _Section("bot", "bot", "", {}))
        single["bot"] = self.settings(bot, BotSettings)
        for section in sections:
            if not self._known(section) or section is bot:
                continue
            if section.kind in self.single:
                single.setdefault(section.kind, self.settings(section, self.single[section.kind]))
            elif section.kind == "network":
                named["network"].setdefault(section.name, self._network(section, single["bot"]))
            elif section.kind != "plugin":
                named[section.kind].setdefault(section.name, self.settings(section, self.named[section.kind]))
            elif self.plugins is not None:
                if section.name in self.plugins:
                    settings = self.settings(section, self.plugins[section.name].settings)
                    named["plugin"].setdefault(section.name, settings)
                else:
                    hint = _did_you_mean(section.name, self.plugins, "[plugin {}]")
                    self.problem(section.header, "", None, f"there is no such plugin{hint}")
        self._enabled(single["bot"], named["plugin"])
        for kind, settings in self.single.items():
            if kind not in single:
                single[kind] = self.settings(_Section(kind, kind, "", {}), settings)
        return Config(
            path=self.path,
            bot=single.pop("bot"),
            networks={name: found for name, found in named.pop("network").items() if found is not None},
            rooms=named.pop("room"),
            web=single.pop("web"),
            plugins={name: found for name, found in named.pop("plugin").items() if found is not None},
            sections=single | named,
            serves=any(one.header == "web" for one in sections),
        )

    def _known(self, section: _Section) -> bool:
        """Whether there are sections like this; else it is reported."""
        if section.kind in self.single and section.name:
            self.problem(section.header, "", None, f"there is one such section: write [{section.kind}]")
        elif section.kind in self.named and not section.name:
            example = f"[{section.kind} {_EXAMPLES.get(section.kind, 'nova')}]"
            self.problem(section.header, "", None, f"needs a name, such as {example}")
        elif section.kind not in self.single and section.kind not in self.named:
            shape = f"[{{}} {section.name}]" if section.name else "[{}]"
            hint = _did_you_mean(section.kind, [*self.single, *self.named], shape)
            known = listed([f"[{kind}]" for kind in self.single] + [f"[{kind} NAME]" for kind in self.named])
            self.problem(
                section.header, "", None, f"there is no such section{hint or f': there are {known}'}"
            )
        else:
            return True
        return False

    def _network(self, section: _Section, bot: BotSettings) -> NetworkSettings | None:
        kind = section.keys.get("type", "")
        if kind not in NETWORK_TYPES:
            hint = _did_you_mean(kind, NETWORK_TYPES)
            why = f"must be {listed(NETWORK_TYPES, 'or')}{hint}"
            self.problem(section.header, "type", kind or None, why if kind else f"is missing: it {why}")
            return None
        found: NetworkSettings = self.settings(section, NETWORK_TYPES[kind], also="type", lacking="")
        unset = (FROM_BOT - section.keys.keys()) & declared(type(found)).keys()
        return dataclasses.replace(found, **{key: getattr(bot, key) for key in unset})

    def _enabled(self, bot: BotSettings, plugins: dict[str, Any]) -> None:
        """The settings of plugins that are on and have no section."""
        if self.plugins is None:
            return
        for name in bot.plugins:
            if name not in self.plugins:
                hint = _did_you_mean(name, self.plugins)
                installed = listed(sorted(self.plugins)) or "none"
                why = f"there is no plugin {name!r}{hint}; installed: {installed}"
                self.problem("bot", "plugins", ", ".join(bot.plugins), why)
            elif name not in plugins:
                section = _Section(f"plugin {name}", "plugin", name, {})
                plugins[name] = self.settings(section, self.plugins[name].settings)

    # One section

    def settings(self, section: _Section, kind: type, *, also: str = "", lacking: str | None = None) -> Any:
        """The section as a ``kind``, with defaults for what is wrong; ``None`` where it lacks something.

        ``also`` is a key that has been looked at before. ``lacking`` stands for what must be set and is not,
        so that the rest of the section can be looked at all the same.
        """
        known = declared(kind)
        valid = [key for one in known.values() for key in _spellings(one)]
        for key in section.keys:
            if key not in valid and key != also:
                # Its value is not repeated: a misspelt password is a password.
                hint = _did_you_mean(key, [*valid, also])
                self.problem(section.header, key, None, f"there is no such setting here{hint}")
        values: dict[str, object] = {}
        missing: list[str] = []
        for key, one in known.items():
            text = self._secret(section, one) if one.is_secret else section.keys.get(key)
            if text is None:
                if one.default is dataclasses.MISSING:
                    missing.append(one.field)
                    if section.keys.keys().isdisjoint(_spellings(one)):
                        self.problem(section.header, key, None, f"is missing: {one.rule.help}")
                elif isinstance(one.default, Path):
                    values[one.field] = self.base / one.default
                continue
            if not one.is_secret:
                text = _COMMENT.sub("", text).strip()
            try:
                values[one.field] = convert(text, one.type, one.rule, self.base)
            except ValueError as error:
                self.problem(section.header, key, text if one.is_shown else None, str(error))
                if one.default is dataclasses.MISSING:
                    missing.append(one.field)
        if missing and lacking is None:
            return None
        return kind(**values, **dict.fromkeys(missing, lacking))

    def _secret(self, section: _Section, one: Declared) -> str | None:
        """The text of a secret, from wherever it is; ``None`` without one, and where that is reported."""
        given = [key for key in _spellings(one) if key in section.keys]
        if not given:
            return None
        if len(given) > 1:
            self.problem(section.header, one.key, None, f"is given by {listed(given)}: leave one of them")
            return None
        text = section.keys[given[0]]
        if given[0] == one.key:
            if _COMMENT.search(text):
                why = (
                    f"holds a blank and a ;, which start a comment: put it into a file, {one.key}_file = FILE"
                )
                self.problem(section.header, one.key, None, why)
                return None
            self._readable(self.path, section.header, one.key)
            return text
        text = _COMMENT.sub("", text).strip()
        if given[0].endswith("_env"):
            if not self.environ.get(text):
                self.problem(section.header, given[0], text, "there is no such variable in the environment")
            return self.environ.get(text) or None
        try:
            file = path_in(self.base, text)
        except ValueError as error:
            self.problem(section.header, given[0], text, str(error))
            return None
        try:
            secret = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8"
            self.problem(section.header, given[0], text, f"cannot be read: {why}")
            return None
        if not secret:
            self.problem(section.header, given[0], text, "the file is empty: it must hold the secret alone")
        self._readable(file, section.header, given[0])
        return secret or None

    def _readable(self, path: Path, section: str, key: str) -> None:
        """Warn where a file with a secret in it can be read by everybody on the machine."""
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:  # a text that is in no file
            return
        if mode & stat.S_IROTH:
            why = f"everybody on this machine can read {path}: chmod 600 {path}"
            self.warnings.append(Problem(str(self.path), section, key, None, why))


def _spellings(one: Declared) -> list[str]:
    """The keys by which a setting can be given."""
    return [one.key, f"{one.key}_file", f"{one.key}_env"] if one.is_secret else [one.key]


def _did_you_mean(word: str, candidates: Iterable[str], shape: str = "{}") -> str:
    near = nearest(word, [candidate for candidate in candidates if candidate], 1) if word else []
    return f": did you mean {shape.format(near[0])}?" if near else ""


@dataclass(frozen=True, slots=True)
class SettingDoc:
    """One setting for the manual: ``default`` as ``bot.ini`` would write it, empty where there is none."""

    key: str
    type: str
    default: str
    help: str
    required: bool
    secret: bool


@dataclass(frozen=True, slots=True)
class SectionDoc:
    """One kind of section for the manual; ``variant`` is the ``type`` of a network, else empty."""

    header: str
    variant: str
    about: str
    settings: tuple[SettingDoc, ...]


def describe(plugins: Mapping[str, Declaration] | None = None) -> list[SectionDoc]:
    """All sections and settings that ``bot.ini`` may hold, in the order in which to read about them."""
    kinds: list[tuple[str, str, type]] = [("bot", "", BotSettings), ("room NAME", "", RoomSettings)]
    kinds += [("network NAME", name, kind) for name, kind in NETWORK_TYPES.items()]
    kinds += [("web", "", WebSettings)]
    for declared_by in (plugins or {}).values():
        kinds += [(header, "", kind) for header, kind in declared_by.sections.items()]
    kinds += [(f"plugin {name}", "", one.settings) for name, one in (plugins or {}).items()]
    return [
        SectionDoc(
            header=header,
            variant=variant,
            about=" ".join((kind.__doc__ or "").partition("\n\n")[0].split()),
            settings=tuple(_described(one, bool(variant)) for one in declared(kind).values()),
        )
        for header, variant, kind in kinds
    ]


def _described(one: Declared, of_network: bool) -> SettingDoc:
    default = one.default
    if of_network and one.key in FROM_BOT:
        shown = "that of [bot]"
    elif default is dataclasses.MISSING or default is None:
        shown = "forever" if one.type == timedelta | None else ""
    else:
        shown = default.reveal() if isinstance(default, Secret) else value_text(default)
    return SettingDoc(
        key=one.key,
        type=kind_text(one.type, one.rule),
        default=shown,
        help=one.rule.help,
        required=default is dataclasses.MISSING,
        secret=one.is_secret,
    )
