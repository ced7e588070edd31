"""The hash of a study covers the code that decides its numbers, and no other."""

from pathlib import Path

import pytest

from common.records import code_sha256
from reproductions import registry

FILES = {
    "model.py": "WIDTH = 1\n",
    "studies/plain.py": "from reproductions.m import model\n",
    "studies/shared.py": "from reproductions.m.studies import _nets\n",
    "studies/member.py": "from reproductions.m.studies._nets import DEPTH\n",
    "studies/_nets.py": "from __future__ import annotations\nfrom reproductions.m.studies import _data\nDEPTH = 2\n",
    "studies/_data.py": "SIZE = 3\n",
    "studies/_other.py": "SIZE = 4\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for file, text in FILES.items():
        (tmp_path / "m" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "m" / file).write_text(text)
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    return tmp_path / "m"


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("studies/plain.py", {"plain"}),
        ("studies/_nets.py", {"shared", "member"}),
        ("studies/_data.py", {"shared", "member"}),
        ("studies/_other.py", set()),
        ("model.py", {"plain", "shared", "member"}),
    ],
)
def test_a_change_makes_the_studies_stale_that_use_it(folder: Path, changed: str, stale: set[str]) -> None:
    def hashes() -> dict[str, str]:
        registry.study_sha256.cache_clear()
        return {question: registry.study_sha256("m", question) for question in ("plain", "shared", "member")}

    before = hashes()
    with (folder / changed).open("a") as file:
        file.write("MORE = 5\n")
    after = hashes()
    registry.study_sha256.cache_clear()
    assert {question for question in before if before[question] != after[question]} == stale


def test_a_study_without_parts_has_the_hash_of_its_file_and_the_model(folder: Path) -> None:
    registry.study_sha256.cache_clear()
    found = registry.study_sha256("m", "plain")
    registry.study_sha256.cache_clear()
    assert found == code_sha256(folder / "studies/plain.py", folder / "model.py")
