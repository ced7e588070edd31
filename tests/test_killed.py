"""A driver that is killed at any step of what it writes leaves nothing that the same command line does not heal."""

import shutil
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
MARKS = "# {}\n\nIn words of its own.\n\n<!-- verdicts -->\n<!-- end of verdicts -->\n\nAnd more of them.\n"


@pytest.fixture
def between(stub: Any) -> Any:
    """A stub whose second batch of one study, and the whole of another, are in the journal and not on record.

    The first batch was trained at another commit. What follows from the record goes into pages too.
    """
    here = {"REPRO_RESULTS": ""}
    for page, name in (("README.md", "Stub"), ("reproductions/stub/README.md", "Its page")):
        (stub.root / page).write_text(MARKS.format(name))
    ignored = (HERE.parent / ".gitignore").read_text()
    (stub.root / ".gitignore").write_text(f"{ignored}home*/\ncache/\nresults/\nbefore/\nlog\n")
    shutil.copy(HERE / "killing_probe.py", stub.root)
    stub.edit("reproductions/stub/studies/sleep.py", "score = SCORES", "score = seed != 1005 and SCORES")
    stub.commit()
    first = stub.run("run", "stub-better", "--tier", "full", "--workers", "0", STUB_RAISE="treatment 1012", **here)
    assert first.returncode == 2
    stub.git("commit", "--allow-empty", "-qm", "another commit, which trains the second batch")
    shutil.copytree(stub.root / "results", stub.root / "before")
    assert stub.run("run", "--tier", "full", "--workers", "0", **here).returncode == 0
    shutil.rmtree(stub.root / "results")
    (stub.root / "before").rename(stub.root / "results")
    stub.git("checkout", "--", ".")
    return stub


@pytest.mark.parametrize("stride", [11, pytest.param(1, marks=pytest.mark.slow)])
def test_a_driver_killed_at_any_step_of_the_record_is_healed_by_an_export_and_by_the_same_command(
    between: Any, stride: int
) -> None:
    process = between.start(str(stride), module="killing_probe", REPRO_RESULTS="")
    out, err = process.communicate(timeout=900)
    assert process.returncode == 0, err
    tried, steps = map(int, out.split(" of "))
    assert tried == 2 * len(range(0, steps // 2, stride))
    assert tried >= 10
