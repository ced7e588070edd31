"""A claim that rests on an optional data set: skipped by name where it is missing, and the set fetched by its hash."""

import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from common import datasets, fetching
from common.canonical import arrays_sha256
from common.errors import UserError
from suite import cli, commands, planning, quick, registry

CLAIM = "syntax-free-text"
FILES = {"rt-polarity.pos": b"good .\nvery good .\n", "rt-polarity.neg": b"bad .\n"}


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("MR_DATA_DIR", str(tmp_path / "films"))
    return tmp_path / "films"


def test_the_quick_tier_skips_by_name_what_rests_on_it_and_says_how_to_get_it(
    missing: Path,
) -> None:
    used, known = commands.prepare(None), registry.all_claims()
    selected = {i: known[i] for i in (CLAIM, "parity-31-possible", "lstm-half-adequate-some")}
    assert list(planning.lacking(selected)) == [CLAIM]
    assert {entry.name for entry in planning.plan(selected, "quick", used, done={})} == {
        "parity",
        "forget_bias",
    }
    row = quick.judge({CLAIM: known[CLAIM]}, {})[CLAIM]
    assert row["quick"] == "skipped"
    assert f"not in {missing}; set MR_DATA_DIR to a folder" in row["findings"]
    assert "or type `repro data fetch`" in row["findings"]


@pytest.mark.parametrize("tier", ["quick", "full", "pilot"])
def test_nothing_runs_that_rests_on_it_alone_and_no_verdict_without_it(
    tier: str, missing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["plan", CLAIM, "--tier", tier]) == 2
    assert f"{CLAIM}: sentence_polarity is optional and not in {missing}" in capsys.readouterr().err


def packed(files: dict[str, bytes]) -> bytes:
    """As the authors pack them, in a folder and beside a README."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, content in {"README": b"", **files}.items():
            entry = tarfile.TarInfo(f"rt-polaritydata/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def answers(monkeypatch: pytest.MonkeyPatch, content: bytes) -> list[str]:
    asked: list[str] = []

    def opened(address: Any, timeout: float) -> Any:
        asked.append(getattr(address, "full_url", address))
        return io.BytesIO(content)

    monkeypatch.setattr(fetching, "_open", opened)
    return asked


def test_sentences_are_fetched_from_their_authors_and_kept_where_their_hash_is_right(
    missing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answers(monkeypatch, packed(FILES))
    own = arrays_sha256(*(np.frombuffer(content, np.uint8) for content in FILES.values()))
    monkeypatch.setattr(datasets, "POLARITY_SHA256", own)
    monkeypatch.setitem(datasets.SHA256, datasets.POLARITY, own)
    fetching.fetch_sentences()
    assert {address.split("/")[2] for address in asked} == {"www.cs.cornell.edu"}
    assert datasets.load_sentences().negative == ("bad .",)
    assert sorted(path.name for path in missing.parent.iterdir()) == ["films"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (packed(FILES), "sha256 of the two files: .* instead of 7358dc8bf673"),
        (packed({"rt-polarity.pos": b"good\n"}), r"rt-polarity\.neg"),
        (b"<html>", "could not be opened|not a gzip"),
    ],
)
def test_other_files_are_refused_and_leave_nothing_behind(
    content: bytes, fault: str, missing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, content)
    with pytest.raises(UserError, match=rf"sentence_polarity could not be fetched to .*({fault}).*; .*set MR_DATA_DIR"):
        fetching.fetch_sentences()
    assert not list(missing.parent.iterdir())
