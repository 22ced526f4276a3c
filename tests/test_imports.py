"""Who may import whom: the rules of the architecture, kept by reading every import statement.

Imports under ``if TYPE_CHECKING`` and inside functions count like all others.
"""

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PURE = {
    "bot.model",
    "bot.text",
    "bot.grammar",
    "bot.linking",
    "bot.access",
    "bot.dates",
    "bot.derived",
    "bot.mentions",
    "bot.parts",
    "bot.recurrence",
    "bot.search.entry",
    "bot.search.words",
    "bot.terms",
    "bot.when",
    "bot.when.asking",
    "bot.when.reading",
    "bot.when.saying",
    "bot.when.values",
    "bot.zones",
}
FOR_PLUGINS = {
    "bot",
    "bot.plugin",
    "bot.store",
    "bot.tallies",
    "bot.model",
    "bot.text",
    "bot.dates",
    "bot.derived",
    "bot.terms",
    "bot.mentions",
    "bot.gathering",
    "bot.glances",
    "bot.recurrence",
    "bot.search",
    "bot.when",
    "bot.zones",
    "bot.web",
}
SETTINGS = {"bot.networks.irc.settings", "bot.networks.xmpp.settings"}
"""Plain values that the configuration reads."""
NETWORKS = {"bot.networks.irc", "bot.networks.xmpp", "bot.networks.console"}


@dataclass(frozen=True)
class Import:
    """That the module ``by`` imports ``target`` (a module, or a name in one) in a line of ``path``."""

    by: str
    target: str
    path: Path
    lineno: int

    def __str__(self) -> str:
        return f"{self.path}:{self.lineno} imports {self.target}"

    def is_of(self, *packages: str) -> bool:
        """Whether the target is one of these packages or modules, or lies in one."""
        return any(self.target == package or self.target.startswith(package + ".") for package in packages)

    def module(self) -> str:
        """The module of ours that is imported, without the name taken from it."""
        target = self.target
        while "." in target and not is_module(target):
            target = target.rpartition(".")[0]
        return target


def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def imports_of(source: str, module: str, path: Path) -> Iterator[Import]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, path, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            start = node.module or ""
            if node.level:
                base = package.split(".")[: len(package.split(".")) - node.level + 1]
                start = ".".join([*base, start]).rstrip(".")
            for alias in node.names:
                yield Import(module, f"{start}.{alias.name}", path, node.lineno)


@functools.cache
def imports_in(*folders: str) -> tuple[Import, ...]:
    found: list[Import] = []
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            path = file.relative_to(ROOT)
            module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
            found += imports_of(file.read_text(encoding="utf-8"), module, path)
    return tuple(found)


def refuse(broken: list[Import], rule: str) -> None:
    assert not broken, "\n".join([rule, *map(str, broken)])


def test_the_values_and_pure_functions_import_nothing_of_ours_but_each_other() -> None:
    broken = [
        found
        for found in imports_in("bot")
        if found.by in PURE and found.is_of("bot", "plugins", "migrations") and found.module() not in PURE
    ]
    refuse(broken, f"{', '.join(sorted(PURE))} may import only each other.")


def test_one_module_alone_imports_irc() -> None:
    users = [found for found in imports_in("bot", "plugins") if found.is_of("irc")]
    rule = "Exactly one module, in bot/networks/irc/, may import the irc package."
    refuse([found for found in users if not found.by.startswith("bot.networks.irc.")], rule)
    assert len({found.by for found in users}) <= 1, "\n".join([rule, *map(str, users)])


@pytest.mark.parametrize(
    ("library", "place"),
    [
        ("slixmpp", "bot.networks.xmpp"),
        ("launchpadlib", "plugins.tracker.launchpad"),
        ("lazr", "plugins.tracker.launchpad"),
        ("httplib2", "plugins.tracker.launchpad"),
        ("wadllib", "plugins.tracker.launchpad"),
        ("uvicorn", "bot.web.server"),
        ("starlette", "bot.web"),
    ],
)
def test_a_library_is_imported_in_its_one_place(library: str, place: str) -> None:
    broken = [
        found
        for found in imports_in("bot", "plugins")
        if found.is_of(library) and not found.by.startswith(place)
    ]
    refuse(broken, f"Only {place} may import {library}.")


def test_the_core_knows_no_plugin() -> None:
    refuse([found for found in imports_in("bot") if found.is_of("plugins")], "bot never imports plugins.")


def test_a_plugin_imports_only_what_any_plugin_may() -> None:
    broken = [
        found
        for found in imports_in("plugins")
        if found.is_of("bot") and found.module() not in FOR_PLUGINS and not found.is_of("bot.web")
    ]
    refuse(broken, f"Plugins may import {', '.join(sorted(FOR_PLUGINS))} of the core.")


def test_a_plugin_imports_of_another_only_what_its_package_offers() -> None:
    broken = []
    for found in imports_in("plugins"):
        own = ".".join(found.by.split(".")[:2])
        if found.is_of("plugins") and not found.is_of(own) and found.module().count(".") > 1:
            broken.append(found)
    refuse(broken, "Of another plugin, only names from its package's __init__.py may be imported.")


def test_a_plugin_imports_only_plugins_that_it_requires() -> None:
    broken = []
    for found in imports_in("plugins"):
        mine, other = found.by.split(".")[1:2], found.target.split(".")[1:2]
        if found.is_of("plugins") and mine and mine != other and other[0] not in required_by(mine[0]):
            broken.append(found)
    refuse(broken, "A plugin names in `requires` the plugins that it imports.")


@functools.cache
def required_by(plugin: str) -> set[str]:
    names: set[str] = set()
    for file in (ROOT / "plugins" / plugin).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Assign(targets=[ast.Name(id="requires")], value=value):
                    names |= set(ast.literal_eval(value))
                case ast.AnnAssign(target=ast.Name(id="requires"), value=ast.expr() as value):
                    names |= set(ast.literal_eval(value))
    return names


def test_dispatch_knows_no_protocol() -> None:
    broken = [
        found
        for found in imports_in("bot")
        if found.by == "bot.dispatch" and found.is_of(*NETWORKS, "irc", "slixmpp")
    ]
    refuse(broken, "bot.dispatch may import no network.")


def test_only_the_app_composes_networks() -> None:
    broken = [
        found
        for found in imports_in("bot", "plugins")
        if found.is_of(*NETWORKS)
        and found.module() not in SETTINGS
        and found.by != "bot.app"
        and not found.by.startswith(tuple(NETWORKS))
    ]
    refuse(broken, "Only bot.app may import a network (others its settings at most).")


def test_migrations_import_nothing_of_ours() -> None:
    broken = [found for found in imports_in("migrations") if found.is_of("bot", "plugins")]
    refuse(broken, "A migration is frozen: it imports neither bot nor plugins.")


def test_relative_and_nested_imports_are_seen() -> None:
    source = "from . import b\nfrom .. import c\nfrom ..d import e\ndef f():\n    import irc.client\n"
    found = imports_of(source, "bot.networks.irc.a", Path("bot/networks/irc/a.py"))
    targets = ["bot.networks.irc.b", "bot.networks.c", "bot.networks.d.e", "irc.client"]
    assert [one.target for one in found] == targets


def test_slixmpp_is_loaded_only_where_an_xmpp_network_is_configured() -> None:
    ask = "import sys, bot.app, bot.cli; print('slixmpp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "False\n"
