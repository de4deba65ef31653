"""environment.yml, pyproject.toml and the lock name the same packages."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def name(requirement: str) -> str:
    return re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower().replace("_", "-").replace(".", "-")


def conda() -> list[str]:
    entries = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    flat = [e for e in entries if isinstance(e, str)] + [
        p for e in entries if isinstance(e, dict) for p in e["pip"]
    ]
    return [e for e in flat if e != "pip" and e != "-e ."]


def test_conda_has_the_names_and_bounds_of_pyproject():
    wanted = (
        PROJECT["dependencies"]
        + EXTRAS["lab"]
        + EXTRAS["dev"]
        + [f"python{PROJECT['requires-python']}"]
    )
    assert sorted(conda()) == sorted(wanted)


def test_the_lock_holds_every_package_of_pyproject():
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = {name(line) for line in lock.splitlines() if re.match(r"[A-Za-z0-9]", line)}
    wanted = {
        name(r) for r in PROJECT["dependencies"] + [r for extra in EXTRAS.values() for r in extra]
    }
    assert wanted <= locked


def test_the_lock_names_no_index_and_hashes_everything():
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert not re.search(r"://|--(extra-)?index|--find-links", lock)
    pins = re.split(r"\n(?=[A-Za-z0-9])", lock.strip())
    assert all("--hash=sha256:" in pin for pin in pins)


def test_the_packages_the_user_fixed_are_all_there():
    fixed = {"jupyterlab", "papermill", "pandas", "numpy", "seaborn", "statsmodels", "nbval"}
    assert fixed <= {name(entry) for entry in conda()}
