"""What is shipped: the wheel holds all that runs, and works away from the checkout; the locks cover it."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "plugins", "migrations")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, so that the build leaves nothing in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.rst"):
        shutil.copy(ROOT / name, source)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-build-isolation",
        "--no-deps",
        "--no-index",
    ]
    run([*build, "--wheel-dir", str(folder), str(source)], folder)
    (found,) = folder.glob("muster_bot-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel's packages, as ``site-packages`` would."""
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def run(command: list[str], folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_every_file_of_the_three_packages_and_nothing_else(wheel: Path) -> None:
    here = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert here == shipped
    assert {"bot/py.typed", "plugins/py.typed", "migrations/env.py"} <= shipped
    assert any(name.startswith("migrations/versions/") for name in shipped)


def test_the_wheel_declares_the_command_and_the_plugins(installed: Path) -> None:
    (declared,) = installed.glob("*.dist-info/entry_points.txt")
    points = ConfigParser()
    points.read(declared)
    assert points["console_scripts"]["muster"] == "bot.cli:main"
    assert points["muster.plugins"]["meetings"] == "plugins.meetings:Meetings"


@pytest.mark.slow
def test_an_installed_muster_makes_its_database_away_from_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    where = run(
        [sys.executable, "-c", "import bot; print(bot.__file__)"], tmp_path, PYTHONPATH=str(installed)
    )
    assert Path(where.strip()).is_relative_to(installed)
    (tmp_path / "bot.ini").write_text("[bot]\n[network console]\ntype = console\n")
    for command in (["db", "upgrade"], ["db", "check"]):
        run([sys.executable, "-m", "bot", *command], tmp_path, PYTHONPATH=str(installed))
    assert (tmp_path / "var" / "muster.db").is_file()


def locked(name: str) -> dict[str, str]:
    """The releases that a lock pins, by name."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_a_lock_pins_everything_by_version_and_hash_and_names_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=sha256:[0-9a-f]{64}\b)", text, re.MULTILINE)
    for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
        assert re.match(r"[a-z0-9-]+==\S+ \\\n    --hash=sha256:", block), block


def test_the_locks_cover_what_pyproject_asks_for() -> None:
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["postgresql"]]
    every = [*wanted, *PROJECT["dependency-groups"]["dev"], *PROJECT["build-system"]["requires"]]
    for lock, requirements in (("run.txt", wanted), ("dev.txt", every)):
        pins = locked(lock)
        for requirement in map(Requirement, requirements):
            pin = pins.get(canonicalize_name(requirement.name))
            assert pin is not None, f"{lock} lacks {requirement}: run `make lock`"
            assert requirement.specifier.contains(pin), (
                f"{lock} has {pin}, not {requirement}: run `make lock`"
            )


def test_what_runs_is_locked_alike_for_running_and_for_testing() -> None:
    assert locked("run.txt").items() <= locked("dev.txt").items()
