"""Finds plugins: ours and everybody's come through the entry-point group ``muster.plugins``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points

from bot.config import Declaration
from bot.plugin import Plugin

GROUP = "muster.plugins"


class LoadError(Exception):
    """A plugin cannot be loaded; says which and why."""


def installed() -> dict[str, type[Plugin]]:
    """Every installed plugin class by name. Raises :class:`LoadError` where one cannot be imported, and
    where two have the same name.
    """
    found: dict[str, type[Plugin]] = {}
    for point in entry_points(group=GROUP):
        if point.name in found:
            raise LoadError(f"two packages install a plugin {point.name} ({point.value}): remove one of them")
        try:
            plugin = point.load()
        except Exception as error:
            raise LoadError(f"plugin {point.name} ({point.value}) cannot be imported: {error}") from error
        if not (isinstance(plugin, type) and issubclass(plugin, Plugin)):
            raise LoadError(f"plugin {point.name}: {point.value} is not a subclass of bot.plugin.Plugin")
        plugin.name = point.name
        found[point.name] = plugin
    return found


def in_order(available: Mapping[str, type[Plugin]], wanted: Iterable[str]) -> list[type[Plugin]]:
    """The wanted plugins, each after what it requires, and what they require too. Raises :class:`LoadError`
    for an unknown name or a circle.
    """
    order: list[type[Plugin]] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise LoadError(f"plugins require each other in a circle: {' -> '.join((*path, name))}")
        plugin = available.get(name)
        if plugin is None:
            behind = f", which {path[-1]} requires," if path else ""
            raise LoadError(f"plugin {name!r}{behind} is not installed; there are: {', '.join(available)}")
        for required in plugin.requires:
            visit(required, (*path, name))
        if plugin not in order:
            order.append(plugin)

    for name in wanted:
        visit(name, ())
    return order


def about(plugin: type[Plugin]) -> str:
    """The first line of a plugin's docstring."""
    return (plugin.__doc__ or "").strip().partition("\n")[0]


def declarations(available: Mapping[str, type[Plugin]]) -> dict[str, Declaration]:
    """What each plugin declares of ``bot.ini``."""
    return {
        name: Declaration(plugin.Settings, plugin.sections, plugin.capabilities, plugin.mistakes)
        for name, plugin in available.items()
    }
