"""The plugin ``blueprints``: who works on what, for which milestone."""

from plugins.blueprints.plugin import Blueprints

__all__ = ["Blueprints"]
