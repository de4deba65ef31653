"""environment.yml, pyproject.toml and the lock name the same packages."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def name(requirement: str) -> str:
    return re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower().replace("_", "-").replace(".", "-")


def conda() -> list[str]:
    """What environment.yml asks for, from conda and from pip."""
    entries = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    nested = [entry["pip"] if isinstance(entry, dict) else [entry] for entry in entries]
    return [entry for part in nested for entry in part if entry not in ("pip", "-e .")]


def test_conda_has_the_names_and_bounds_of_pyproject():
    python = f"python{PROJECT['requires-python']}"
    wanted = [*PROJECT["dependencies"], *EXTRAS["lab"], *EXTRAS["dev"], python]
    assert sorted(conda()) == sorted(wanted)


LOCKS = {
    "requirements.lock": [],
    "requirements-lab.lock": EXTRAS["lab"],
    "requirements-dev.lock": [r for extra in EXTRAS.values() for r in extra],
}


def pins(lock: str) -> dict[str, str]:
    """Package and what stands pinned for it: version and hashes."""
    text = (ROOT / lock).read_text("utf-8").strip()
    return {name(pin): pin for pin in re.split(r"\n(?=[A-Za-z0-9])", text)}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_its_users_need_with_hashes_and_no_index(lock):
    held = pins(lock)
    assert {name(r) for r in PROJECT["dependencies"] + LOCKS[lock]} <= set(held)
    assert all("--hash=sha256:" in pin for pin in held.values())
    assert not re.search(r"://|--(?!hash=)", "".join(held.values()))


def test_findings_install_no_tools_of_others_and_every_lock_has_the_same_versions():
    findings, lab, dev = (
        {name: re.match(r"[^ ;]+", pin)[0] for name, pin in pins(lock).items()} for lock in LOCKS
    )
    assert not {"distributed", "jupyterlab", "ruff", "pytest", "hypothesis"} & set(findings)
    assert not {"distributed", "ruff", "pytest"} & set(lab)
    assert findings.items() <= lab.items() <= dev.items()
