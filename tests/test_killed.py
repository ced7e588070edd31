"""A driver that is stopped at any step of what it writes leaves nothing that the same command line does not heal."""

import errno
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from edited import ARMS, CLAIM, forge, project, without_hashes
from made_up import provenance
from made_up import trained as answered

from common.errors import UserError
from common.trials import Trial
from suite import adopting, cli, judgements, manifest, recording, registry, tampering, verifying
from suite.negatives import Negative, instead

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


@pytest.mark.parametrize(
    ("stride", "ways"),
    [(11, "killed half"), *(pytest.param(1, way, marks=pytest.mark.slow) for way in ("killed half", "interrupted"))],
)
def test_a_driver_killed_at_any_step_of_the_record_is_healed_by_an_export_and_by_the_same_command(
    between: Any, stride: int, ways: str
) -> None:
    process = between.start(str(stride), *ways.split(), module="killing_probe", REPRO_RESULTS="")
    out, err = process.communicate(timeout=900)
    assert process.returncode == 0, err
    tried, _, steps, _, moves = out.split()
    assert int(tried) >= len(ways.split()) * max(len(range(0, int(steps), stride)), int(moves))
    assert int(moves) >= 6, "trials and provenance of two studies, one of them before its trials and after"
    made = json.loads((between.root / "results/stub/provenance.json").read_text())
    assert sorted(len(fact["earlier"]) for fact in made.values()) == [0, 1], "each commit that trained is told"


def first_record() -> None:
    """All evidence of a reproduction that has none yet, each file with no other in its place."""
    pilots = [trial.model_copy(update={"tier": "pilot"}) for trial in answered(a="yn")]
    unfinished = [trial.model_copy(update={"study": "later"}) for trial in answered(a="yn")]
    tampering.refuse_run([("made_up", "s", arm) for arm in ARMS], {CLAIM.id})
    tampering.refuse(["made_up"])
    recording.record_pilots("made_up", "s", pilots)
    recording.record_study("made_up", provenance(CLAIM)["s"], answered(**ARMS))
    recording.keep_unfinished("made_up", "later", unfinished)
    recording.write_index()


def stopped(patch: pytest.MonkeyPatch, name: str, step: int, by: BaseException, run: Callable[[], None]) -> bool:
    """Whether `by` came up at the call of that number of `os.fsync` or `os.replace`, once that was done."""
    of, steps = getattr(os, name), count(1)

    def call(*facts: Any) -> None:
        if name == "replace" and Path(facts[1]).name not in {manifest.NAME, *manifest.EVIDENCE}:
            of(*facts)
        elif next(steps) == step:
            raise by
        else:
            of(*facts)

    with patch.context() as patched:
        patched.setattr(os, name, call)
        try:
            run()
        except (KeyboardInterrupt, UserError):
            return True
    return False


CTRL_C, DISK = KeyboardInterrupt(), OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize("by", [CTRL_C, DISK], ids=["Ctrl-C", "disk"])
@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_what_stops_a_first_file_of_evidence_leaves_none_that_is_missing(
    name: str, by: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that goes on tidies up, as a killed one cannot: but not what the manifest may list by then."""
    for step in count(1):
        path = project(monkeypatch, tmp_path / f"{step}") / "provenance.json"
        if not stopped(monkeypatch, name, step, by, lambda path=path: recording.keep(path, recording.texted("{}"))):
            break
        record = tmp_path / f"{step}"
        tampering.refuse_file(record, "made_up/provenance.json")
        recording.write_index()
        assert manifest.altered(record, recording.listed_files(record)) == []
        assert not list(record.rglob(".*.tmp"))
    assert step > 2


def test_what_stops_a_first_record_at_any_step_is_healed_by_an_export_and_by_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in count(1):
        project(monkeypatch, tmp_path / f"{step}")
        if not stopped(monkeypatch, "replace", step, DISK if step % 3 else CTRL_C, first_record):
            break
        if step % 2:
            assert cli.main(["export"]) == 0
            assert verifying.verify() == []
        first_record()
        assert verifying.verify() == []
    assert step > 10


@pytest.mark.parametrize("what", ["controls", "adopt", "hashes"])
def test_what_stops_evidence_that_comes_to_a_record_at_any_step_is_healed_by_an_export_and_by_the_same_again(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trials of negative controls in place of others, a record of more trials, or the hashes of one of old."""
    control = Negative(CLAIM.id, "nothing is there", instead(("s/c", "m"), record="trained"))
    monkeypatch.setattr(registry, "negatives", lambda name: {CLAIM.id: control})

    def apart(letters: str) -> list[Trial]:
        return [t.model_copy(update={"seed": t.seed + 6000, "tier": "quick"}) for t in answered(c=letters)]

    def begun(folder: Path, letters: str, **facts: str) -> Path:
        made = project(monkeypatch, folder)
        recording.record_study("made_up", provenance(CLAIM, **facts)["s"], answered(a="yyy", b=letters))
        recording.record_negatives("made_up", apart(letters))
        if what == "hashes":
            for file in manifest.TRIALS:
                without_hashes(made / file)
            (made / judgements.FILE).unlink()
            forge(made)
        return made

    other = begun(tmp_path / "other", "nnyyn", date="2026-12-01").parent
    runs = {
        "controls": lambda: recording.record_negatives("made_up", apart("ynyny")),
        "adopt": lambda: adopting.adopt(str(other), ["made_up"]),
        "hashes": lambda: recording.add_hashes("made_up"),
    }
    for step in count(1):
        begun(tmp_path / f"{step}", "nn")
        if not stopped(monkeypatch, "replace", step, DISK if step % 3 else CTRL_C, runs[what]):
            break
        if step % 2:
            assert cli.main(["export"]) == 0
            assert verifying.verify() == []
        tampering.refuse(["made_up"])
        runs[what]()
        assert cli.main(["export"]) == 0
        assert verifying.verify() == []
    assert step > 2


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
