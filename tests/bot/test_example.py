"""bot.ini.example explains every setting, says the truth about defaults, and works as it stands."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import certifi
import pytest

import bot
from bot import loader
from bot.config import ConsoleSettings, Declaration, SectionDoc, describe, load
from bot.loader import declarations

ROOT = Path(bot.__file__).parent.parent
EXAMPLE = ROOT / "bot.ini.example"


def installed() -> dict[str, Declaration]:
    return declarations(loader.installed())


def shown(header: str, variant: str) -> dict[str, str]:
    """The keys and values, commented out or not, of the section that is an example of a kind of section."""
    found: dict[str, str] = {}
    pattern = re.escape(header).replace("NAME", r"[a-z]+")
    for section in re.split(r"(?m)^;?(?=\[)", EXAMPLE.read_text()):
        lines = re.findall(r"(?m)^;?([a-z_]+) = (.*)$", section)
        if re.match(rf"\[{pattern}\]", section) and (not variant or ("type", variant) in lines):
            found.update(lines)
    return found


def test_the_example_is_valid_and_talks_on_the_terminal() -> None:
    config = load(EXAMPLE, plugins=installed())
    assert config.warnings == ()
    assert [type(network) for network in config.networks.values()] == [ConsoleSettings]


def test_the_wheel_ships_the_same_example() -> None:
    assert (Path(bot.__file__).parent / "bot.ini.example").read_bytes() == EXAMPLE.read_bytes()


def explained(section: SectionDoc) -> None:
    """The section's settings are in the example, with their defaults, and nothing else is."""
    values = shown(section.header, section.variant)
    assert values.keys() == {one.key for one in section.settings} | ({"type"} if section.variant else set())
    for setting in section.settings:
        if setting.default and setting.default != "that of [bot]":
            assert values[setting.key] == setting.default
        if setting.secret and not setting.default:
            assert values[setting.key] == "..."


@pytest.mark.parametrize("section", describe(), ids=lambda one: f"{one.header} {one.variant}")
def test_every_setting_of_the_core_is_in_the_example_with_its_default(section: SectionDoc) -> None:
    explained(section)


def test_every_setting_of_our_plugins_is_in_the_example_with_its_default() -> None:
    for section in describe(installed()):
        if section.settings and section.header not in {one.header for one in describe()}:
            explained(section)


def test_the_example_works_with_every_comment_taken_away(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^;(?=\[|[a-z_]+ = )", "", EXAMPLE.read_text())
    path = tmp_path / "bot.ini"
    path.write_text(text)
    path.chmod(0o600)
    (tmp_path / "muster.pem").touch()
    shutil.copy(certifi.where(), tmp_path / "ca.pem")  # it must hold a certificate
    config = load(path, plugins=installed())
    assert set(config.networks) == {"console", "oftc", "xmpp"}
