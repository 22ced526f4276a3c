"""The migrations there are, read without Alembic, are those that Alembic finds."""

import subprocess
import sys
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from bot import database
from bot.revisions import revisions


def _write(folder: Path, name: str, **told: object) -> None:
    lines = [f"{key} = {value!r}" for key, value in told.items()]
    (folder / f"{name}.py").write_text("\n".join(["from alembic import op", *lines, ""]), encoding="utf-8")


def test_our_migrations_are_those_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(database.FOLDER))
    script = ScriptDirectory.from_config(config)
    there = revisions([database.FOLDER / "versions"])
    assert there.known == {revision.revision for revision in script.walk_revisions()}
    assert there.heads == set(script.get_heads())


def test_a_plugins_branch_that_depends_on_ours_is_the_only_head(tmp_path: Path) -> None:
    _write(tmp_path, "a", revision="a", down_revision=None, depends_on=None)
    _write(tmp_path, "b", revision="b", down_revision=("a",))
    _write(tmp_path, "p", revision="p", down_revision=None, depends_on="b")
    there = revisions([tmp_path])
    assert there.known == {"a", "b", "p"}
    assert there.heads == {"p"}


def test_alembic_is_not_loaded_where_there_is_nothing_to_upgrade() -> None:
    program = "import sys, bot.cli, plugins.meetings; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
