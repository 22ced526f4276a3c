"""The plugin: its commands, each kind in a module of its own."""

from __future__ import annotations

from plugins.blueprints.commands.advising import Advising
from plugins.blueprints.commands.assigning import Assigning
from plugins.blueprints.commands.describing import Describing
from plugins.blueprints.commands.looking import Looking
from plugins.blueprints.commands.milestones import Milestones
from plugins.blueprints.commands.reviewing import Reviewing
from plugins.blueprints.commands.slipping import Slipping
from plugins.blueprints.commands.working import Working


class Blueprints(Looking, Assigning, Slipping, Describing, Milestones, Working, Advising, Reviewing):
    """Blueprints: who works on what, for which milestone."""
