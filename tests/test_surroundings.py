"""Odd folders, clocks that jump back, and every state that git may be in: a run works there, and says what it was."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from suite import provenance, registry
from suite.claims import Claim

BACK = """import itertools, time
_moments = itertools.count(2e9, -3600)
time.time = lambda: next(_moments)
time.time_ns = lambda: int(next(_moments) * 1e9)
"""
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""A machine without UTF-8, which Python would take for granted all the same."""


def test_a_run_works_in_a_folder_of_any_name_behind_a_link_and_without_utf_8(stub: Any, tmp_path: Path) -> None:
    odd = tmp_path / "a b, é 'x' & 50% \U0001f642" / ("long" * 50)
    odd.parent.mkdir()
    stub.root.rename(odd)
    stub.root = tmp_path / "link"
    stub.root.symlink_to(odd)
    done = stub.run("run", "--tier", "full", "--workers", "1", **ASCII)
    assert done.returncode == 0, done.stderr
    assert stub.run("verify", **ASCII).returncode == 0
    refused = stub.run("run", "--tier", "full", **ASCII, REPRO_RESULTS=str(odd / "log"))
    assert refused.returncode == 2
    assert "is a file, and the record is a folder" in refused.stderr
    assert (odd / "record/stub/trials.csv").exists()


def test_a_clock_that_jumps_back_makes_no_duration_negative_and_changes_no_order(stub: Any, trained: Any) -> None:
    (stub.root / "back").mkdir()
    (stub.root / "back/sitecustomize.py").write_text(BACK)
    clock = {"PYTHONPATH": str(stub.root / "back"), "STUB_WORK": "0.02"}
    assert stub.run("run", "--tier", "full", "--workers", "2", **clock).returncode == 0
    again = stub.run("run", "--tier", "full", "--workers", "2", **clock)
    assert "nothing to train" in again.stderr
    texts = [(project.results / "stub/trials.csv").read_text().splitlines() for project in (stub, trained)]
    seconds = texts[0][0].split(",").index("seconds")
    times = {seconds, texts[0][0].split(",").index("payload_sha256")}  # a hash of the time, too
    rows, others = ([line.split(",") for line in text] for text in texts)
    assert all(0 < float(row[seconds]) < 60 for row in rows[1:])
    without = [[cell for place, cell in enumerate(row) if place not in times] for row in rows]
    assert without == [[cell for place, cell in enumerate(row) if place not in times] for row in others]


@pytest.fixture
def checkout(stub: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The stub project as the one that is asked about, with a second commit."""
    stub.git("commit", "--allow-empty", "-qm", "a second one")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(registry, "ROOT", stub.root)
    return stub


def head(root: Path) -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def claim(root: Path) -> Claim:
    """The first claim of the stub project."""
    space: dict[str, Any] = {}
    exec((root / "reproductions/stub/claims.py").read_text(), space)
    return space["CLAIMS"][0]  # type: ignore[no-any-return]


def test_a_clean_a_detached_and_a_dirty_checkout_are_told_as_such(checkout: Any) -> None:
    second = head(checkout.root)
    assert provenance.commit() == (second, True)
    checkout.git("checkout", "-q", "--detach", "HEAD~")
    assert provenance.commit() == (head(checkout.root), True)
    assert head(checkout.root) != second
    (checkout.root / "README.md").write_text("a page")
    assert provenance.commit()[1], "pages are rewritten by a run itself"
    checkout.edit("suite/judging.py", "No Keras", "no Keras")
    assert provenance.commit() == (head(checkout.root), False)


def test_without_git_or_a_commit_nothing_is_told_and_nothing_fails(
    checkout: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.rmtree(checkout.root / ".git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(checkout.root.parent))
    wanted = claim(checkout.root)
    assert (provenance.commit(), provenance.fixed("stub", wanted)) == (("none", False), "")
    checkout.git("init", "-q")
    assert (provenance.commit(), provenance.fixed("stub", wanted)) == (("none", False), "")
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert (provenance.commit(), provenance.fixed("stub", wanted)) == (("none", False), "")


def test_a_shallow_clone_claims_no_commit_for_thresholds_that_may_be_older(
    checkout: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wanted, first = claim(checkout.root), ""
    assert (first := provenance.fixed("stub", wanted)) not in ("", head(checkout.root))
    shallow = tmp_path / "shallow"
    source = f"file://{checkout.root}"
    subprocess.run(["git", "clone", "-q", "--depth", "1", source, shallow], check=True, capture_output=True)
    monkeypatch.setattr(registry, "ROOT", shallow)
    assert provenance.commit() == (head(checkout.root), True)
    assert provenance.fixed("stub", wanted) == "", "the oldest commit of the clone seems to have made every file"
    subprocess.run(["git", "fetch", "-q", "--unshallow"], cwd=shallow, check=True, capture_output=True)
    assert provenance.fixed("stub", wanted) == first


def test_a_detached_and_shallow_clone_records_what_it_can_tell(stub: Any, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    stub.git("commit", "--allow-empty", "-qm", "a second one")
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{stub.root}", clone], check=True, capture_output=True
    )
    stub.root = clone
    stub.git("checkout", "-q", "--detach")
    assert stub.run("run", "stub-echo", "--tier", "full", "--workers", "0").returncode == 0
    made = json.loads((stub.results / "stub/provenance.json").read_text())["echo"]
    assert (made["commit"], made["clean"], made["fixed"]) == (head(clone), True, {"stub-echo": ""})
    assert "thresholds of commit unknown" in stub.run("history", "stub-echo").stdout
    assert stub.run("verify").returncode == 0
