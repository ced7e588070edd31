"""A driver that is killed at any step of what it writes leaves nothing that the same command line does not heal."""

import os
import shutil
import signal
import time
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


LISTENS = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL)"  # a shell's background jobs ignore Ctrl-C


@pytest.mark.parametrize("pauses", [(0.0, 0.02, 0.02, 0.02), (0.3,), (1.0,)], ids=str)
def test_ctrl_c_again_and_again_ends_at_once_and_leaves_no_worker_and_a_whole_store(
    stub: Any, pauses: tuple[float, ...]
) -> None:
    """The second may come while workers are ended, while what is finished is kept, or while the last line is told."""
    words = ("run", "stub-better", "--tier", "full", "--workers", "2")
    process = stub.start(*words, first=LISTENS, STUB_SLEEP="1")
    while len(stub.log()) < 5 and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    for pause in pauses:
        time.sleep(pause)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), err
    assert "Traceback" not in err
    end = time.monotonic() + 10
    for worker in {pid for *_, pid in stub.log()}:
        while Path(f"/proc/{worker}").exists():
            assert time.monotonic() < end, "a worker outlives its driver"
            time.sleep(0.05)
    kept, begun = stub.finished(), len(stub.log())
    assert kept
    assert stub.run(*words).returncode == 0
    assert not kept & {f"{arm} {seed}" for arm, seed, *_ in stub.log()[begun:]}
    assert stub.run("verify").returncode == 0


def test_a_full_disk_amid_an_export_leaves_every_file_whole_and_the_next_export_heals_it(trained: Any) -> None:
    def record() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in trained.results.rglob("*") if path.is_file()}

    before = record()
    for file in ("table.md", "verdicts.json", "table.csv"):
        (trained.results / "stub" / file).unlink()
    left = record()
    largest = len(before[trained.results / "stub" / "verdicts.json"])
    for limit in (0, 300, largest - 1):
        first = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
        done = trained.run("export", first=first)
        assert done.returncode == 2
        [line] = done.stderr.splitlines()
        assert line.startswith("repro: cannot write ")
        assert "File too large; " in line
        found = record()
        assert found.keys() >= left.keys()
        assert [path for path, text in found.items() if before.get(path) != text] == [], "half a file is left"
    assert trained.run("export").returncode == 0
    healed = record()
    assert {path for path in before if healed.get(path) != before[path]} == set()
