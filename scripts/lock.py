"""Writes the locks: each package that Muster runs on, and is tested with, by name, version and hash.

``requirements/run.txt`` is what ``make run`` installs, ``requirements/dev.txt`` the same and what tests need.
Releases already locked stay, unless ``--upgrade`` is given. The locks are made with the oldest Python that
Muster supports, since only there all the backports appear that some of its packages need; newer ones install
these too, unused.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = Path("requirements")
OLDEST = (3, 11)


def compile_lock(lock: Path, *sources: str, also: list[str], options: list[str]) -> None:
    """Resolve ``pyproject.toml`` with the database drivers and the requirements in ``also`` into ``lock``."""
    command = [
        *(sys.executable, "-m", "piptools", "compile", "--quiet", "--no-header", "--no-emit-options"),
        *("--generate-hashes", "--allow-unsafe", "--strip-extras", "--extra", "postgresql"),
        *("--output-file", str(lock), *options, "pyproject.toml", *sources),
    ]
    environment = os.environ | {"CUSTOM_COMPILE_COMMAND": "make lock"}
    subprocess.run(command, cwd=ROOT, input="\n".join(also), text=True, check=True, env=environment)
    path = ROOT / lock
    path.write_text(path.read_text().replace("-r -", "muster-bot (pyproject.toml, group dev)"))


def main(options: list[str]) -> None:
    """Write both locks."""
    if sys.version_info[:2] != OLDEST:
        sys.exit(
            "The locks are made with Python {}.{}: make clean; make PYTHON=python{}.{} lock".format(
                *OLDEST * 2
            )
        )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run, dev = LOCKS / "run.txt", LOCKS / "dev.txt"
    # Setuptools is in both, for `pip install --no-build-isolation`: here as what pyproject.toml builds with.
    compile_lock(run, also=[], options=["--all-build-deps", *options])
    group = project["dependency-groups"]["dev"]
    compile_lock(dev, "-", also=group, options=["--constraint", str(run), *options])


if __name__ == "__main__":
    main(sys.argv[1:])
