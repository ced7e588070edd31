"""`constraints.txt` has the versions that made the results, and of all that the project asks for; CI installs by it."""

import configparser
import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
PYTHONS = ("3.11", "3.12", "3.13")
INSTALL = "pip install -e '.[dev]' -c constraints.txt"


def lines() -> list[str]:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def pins() -> dict[str, str]:
    return dict(line.split("==") for line in lines())  # type: ignore[misc]


RECORDS = sorted((ROOT / "results").glob("*/provenance.json"))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.parent.name)
def test_every_package_of_every_run_on_record_is_pinned_to_the_version_that_ran(path: Path) -> None:
    for study, made in json.loads(path.read_text(encoding="utf-8")).items():
        found = {name: pins()[canonicalize_name(name)] for name in made["packages"]}
        assert found == made["packages"], f"{path.parent.name}/{study}"
        assert made["python"].rpartition(".")[0] in PYTHONS


def test_a_pin_is_one_exact_version_and_its_name_comes_once_in_order() -> None:
    assert len(lines()) > 100
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*==[0-9][0-9a-z.]*", line) for line in lines())
    assert list(pins()) == sorted({canonicalize_name(name) for name in pins()})
    assert len(pins()) == len(lines())


def test_what_the_project_asks_for_is_pinned_within_what_it_allows() -> None:
    for text in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]):
        asked = Requirement(text)
        assert asked.specifier.contains(pins()[canonicalize_name(asked.name)]), text


def jobs() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8"))["jobs"]
    return found


def test_ci_checks_types_against_the_newest_versions_of_the_oldest_and_the_newest_python() -> None:
    """NumPy 2.5, which Python 3.11 does not get, declares its functions so that no older Python can read them."""
    job = jobs()["newest"]
    assert tuple(job["strategy"]["matrix"]["python"]) == (PYTHONS[0], PYTHONS[-1])
    assert [step["run"] for step in job["steps"] if "run" in step] == ["pip install tox", "tox -e lint"]
    assert "python_version" not in PYPROJECT["tool"]["mypy"], "declarations are read as the Python that runs reads them"


def test_ci_and_tox_install_by_it_on_every_python_and_run_the_same_tests() -> None:
    job = jobs()["pinned"]
    assert tuple(job["strategy"]["matrix"]["python"]) == PYTHONS
    allowed = SpecifierSet(PROJECT["requires-python"])
    minors = [f"3.{minor}" for minor in range(30) if allowed.contains(f"3.{minor}")]
    assert tuple(minors) == PYTHONS
    install, tests = (step["run"] for step in job["steps"] if "run" in step)
    assert install == INSTALL
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    pinned = tox["testenv:py3{11,12,13}-pinned"]
    assert (pinned["deps"], pinned["constrain_package_deps"]) == ("-c constraints.txt", "true")
    assert shlex.split(pinned["commands"].removesuffix(" {posargs}")) == shlex.split(tests)
    for page in ("README.md", "CONTRIBUTING.md"):
        assert INSTALL in " ".join((ROOT / page).read_text(encoding="utf-8").split()), page
