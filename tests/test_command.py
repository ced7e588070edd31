"""The command: light commands stay light, bad input costs one line, and exit codes mean what the design says."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from suite import cli, planning

PROJECT = Path(__file__).parent.parent
HEAVY = {"keras", "jax", "tensorflow", "torch", "sklearn", "tensorflow_datasets", "scipy"}


def wait_for(condition: Any, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def only_line(text: str) -> str:
    """What a fault prints: one line."""
    assert text.count("\n") == 1, text
    assert text.startswith("repro: "), text
    return text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("list", "parity-frontier"),
        ("verdicts", "parity-frontier"),
        ("table", "parity-frontier"),
        ("cite parity-frontier", "parity-frontier"),
        ("status parity", "parity/frontier/"),
        ("pilots parity-frontier", "parity/frontier/"),
    ],
)
def test_light_commands_are_light(words: str, told: str, tmp_path: Path) -> None:
    program = (
        "import sys, time; from suite.cli import main; code = main(sys.argv[1:]); "
        "print(code, time.process_time(), *sys.modules, file=sys.stderr)"
    )
    env = {name: text for name, text in os.environ.items() if not name.startswith("REPRO_")}
    seconds = []
    for _ in range(3):  # the first may have to make the hashes of studies, which it keeps
        done = subprocess.run(
            [sys.executable, "-c", program, *words.split()], cwd=PROJECT, env=env, capture_output=True, text=True
        )
        code, used, *modules = done.stderr.splitlines()[-1].split(" ")
        heavy = HEAVY if words.startswith("status") else HEAVY | {"numpy"}  # which a study declares its arms with
        assert (int(code), {name.partition(".")[0] for name in modules} & heavy) == (0, set()), done.stderr
        assert told in done.stdout
        seconds.append(float(used))
        if seconds[-1] <= 1.0:
            return
    pytest.fail(f"processor seconds: {seconds}")


BAD = {
    "lsit": "did you mean list?",
    "xyzzy": "repro --help",
    "run parity-fronteir": "did you mean parity-frontier",
    "verdicts party": "did you mean parity",
    "list qqqq": "repro list",
    "cite parity-uncorelated": "did you mean parity-uncorrelated",
    "run --only parity-fronteir": "did you mean parity-frontier",
    "run parity-frontier --only parity-uncorrelated": "not among parity-frontier",
    "run --tier ful": "did you mean full?",
    "plan --tier x": "quick, full, gpu, pilot",
    "run --backend tensorflw": "did you mean tensorflow?",
    "run --workers -1": "--workers -1 is negative",
    "audit --workers -1": "--workers -1 is negative",
    "run --workers two": "invalid int value: 'two'",
    "run --max-time -3": "--max-time -3",
    "run --max-time nan": "--max-time nan",
    "run --frehs": "--frehs",
    "data steal": "fetch",
    "cite": "claim",
    "explain parity-uncorelated": "did you mean parity-uncorrelated",
    "history": "claim",
    "audit parity-uncorelated": "did you mean parity-uncorrelated",
}


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """`cli.main` in this process, with folders of its own, and signals as they were afterwards."""
    for name in ("REPRO_HOME", "REPRO_RESULTS", "REPRO_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(planning, "plan", lambda *_, **__: pytest.fail("bad input went unnoticed"))
    return monkeypatch


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_one_line_and_exit_2(
    words: str, alone: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert BAD[words] in only_line(err)


def test_a_backend_in_conflict_with_the_environment_names_both(
    alone: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alone.setenv("KERAS_BACKEND", "jax")
    assert cli.main(["run", "--backend", "tensorflow"]) == 2
    err = only_line(capsys.readouterr().err)
    assert "--backend tensorflow" in err
    assert "KERAS_BACKEND=jax" in err


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed")
@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_missing_backend_says_how_to_install_it(
    how: str, alone: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if how == "environment":
        alone.setenv("KERAS_BACKEND", "torch")
    assert cli.main(["run", *(["--backend", "torch"] if how == "option" else [])]) == 2
    assert "type: pip install torch" in only_line(capsys.readouterr().err)


def test_a_data_folder_that_is_none(
    alone: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "absent"):
        alone.setenv("TFDS_DATA_DIR", str(path))
        assert cli.main(["data", "check"]) == 2
        assert f"TFDS_DATA_DIR is {path}" in only_line(capsys.readouterr().err)


def test_a_reader_that_leaves_early_is_no_fault(stub: Any) -> None:
    process = stub.start("list")
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 0


@pytest.mark.parametrize(
    ("seeds", "fault"),
    [("[0, -1]", "seed -1 is outside"), ("[0, 0]", "seed 0 is given twice"), ("[1.5]", "seed 1.5 is not an integer")],
)
def test_bad_seeds_are_refused_by_name(stub: Any, seeds: str, fault: str) -> None:
    done = stub.run("run", "stub-better", STUB_SEEDS=seeds)
    assert done.returncode == 2
    assert f"study stub/sleep declares a bad arm at the quick tier: {fault}" in only_line(done.stderr)
    assert stub.log() == []


def test_a_run_resumes_and_fresh_begins_anew(stub: Any) -> None:
    waiting = stub.run("run", "--workers", "0", "--max-time", "0")
    assert (waiting.returncode, waiting.stdout, stub.log()) == (3, "", [])
    assert "to go on, type the same command" in waiting.stderr
    narrow = stub.run("run", "--workers", "0", "--only", "stub-echo", "--json")
    assert narrow.returncode == 0
    assert list(json.loads(narrow.stdout)) == ["stub-echo"]
    assert {arm for arm, *_ in stub.log()} == {"only"}
    first = stub.run("run", "--workers", "0")
    begun = [(arm, seed) for arm, seed, *_ in stub.log()]
    assert sorted(begun) == sorted((arm, seed) for arm in ("treatment", "only") for seed in range(3))
    again = stub.run("run", "--workers", "0")
    assert (again.returncode, again.stdout) == (0, first.stdout)
    assert len(stub.log()) == 6
    assert stub.run("run", "stub-echo", "--workers", "0", "--fresh").returncode == 0
    assert [arm for arm, *_ in stub.log()[6:]] == ["only"] * 3
    lines = [line.split() for line in first.stdout.splitlines()]
    assert lines[0][:4] == ["claim", "recorded", "verdict", "quick"]
    assert [line[:4] for line in lines[1:]] == [[i, "not", "run", "agrees"] for i in ("stub-better", "stub-echo")]


def test_an_unfinished_study_goes_on_from_the_record_where_the_journal_is_lost(stub: Any) -> None:
    words = ("run", "stub-better", "--workers", "0", "--tier", "full")
    assert stub.run(*words, STUB_RAISE="control 1002").returncode == 2
    kept = [json.loads(line) for line in (stub.results / "stub/unfinished.jsonl").read_text().splitlines()]
    assert {(trial["arm"], trial["seed"]) for trial in kept} == {(arm, seed) for arm, seed, *_ in stub.log()} - {
        ("control", 1002)
    }
    assert all(bool(trial["curves"]) == (trial["seed"] < 1003) for trial in kept)
    assert (stub.run("verdicts").stdout.count("not run"), stub.run("verify").returncode) == (2, 0)
    begun = len(stub.log())
    assert stub.run(*words, REPRO_HOME=str(stub.root / "home" / "other")).returncode == 0
    rest = {(arm, seed) for arm, seed, *_ in stub.log()[begun:]}
    assert len(rest) == 24 - len(kept)
    assert not rest & {(trial["arm"], trial["seed"]) for trial in kept}
    assert not (stub.results / "stub/unfinished.jsonl").exists()
    assert len((stub.results / "stub/curves.csv").read_text().splitlines()) == 1 + 6


def test_json_alone_is_on_standard_output(trained: Any) -> None:
    for words in (["list"], ["table"], ["verdicts"], ["run", "--tier", "full"]):
        done = trained.run(*words, "--json")
        text = json.dumps(json.loads(done.stdout))
        assert done.returncode == 0
        assert text.count("reproduced") >= 2
    assert trained.run("status", "--tier", "full").stdout.splitlines()[2] == "stub/echo/only: 12 of 12 done, 0 failed"
    cited = trained.run("cite", "stub-better").stdout
    assert "@misc{nobody2020," in cited
    assert "the claim stub-better the verdict “reproduced”: The treatment scores more in 12 of 12 seeds; " in cited


def test_audit_trains_a_recorded_seed_again_and_looks_at_no_other_verdict_seed(trained: Any) -> None:
    begun = len(trained.log())
    same = trained.run("audit", "stub-better", "--arm", "control", "--seed", "1003")
    assert (same.returncode, same.stdout.splitlines()[-1]) == (0, "every number is that of the record (1 trial)")
    assert [line[:2] for line in trained.log()[begun:]] == [("control", 1003)]
    pair = trained.run("audit", "stub-better", "--seed", "1004", "--workers", "0")
    assert (pair.returncode, pair.stdout.splitlines()[-1]) == (0, "every number is that of the record (2 trials)")
    assert "seed 1004 says yes to stub-better/better; on record it says yes" in pair.stdout
    for words, fault in (
        (("--seed", "1012"), "seed 1012 of stub-better is not on record in"),
        (("--seed", "1012"), "record; choose one of 1000 to 1011."),
        (("--seed", "10000"), "no pilot of stub-better is on record in"),
        (("--seed", "10000"), "record; train some with: repro run stub-better --tier pilot"),
        (("--arm", "treatmnt"), "no arm of stub-better is called 'treatmnt'; did you mean treatment?"),
        (("--sample", "0"), "--sample 0 is no number of trials"),
        (("--report", "audit.txt"), "give a name that ends in .md or .json"),
        (("--report", "nowhere/audit.md"), "nowhere is no folder"),
        (("--report", "x" * 300 + ".md"), "name another file"),
        (("--report", ""), "--report names no file"),
    ):
        refused = trained.run("audit", "stub-better", *words)
        assert refused.returncode == 2
        assert fault in only_line(refused.stderr)
    assert len(trained.log()) == begun + 3


def test_until_there_is_a_verdict_of_today_that_of_edition_1_stands_beside_it(stub: Any) -> None:
    old = stub.root / "results/edition-1/stub"
    old.mkdir(parents=True)
    (old / "verdicts.json").write_text('{"stub-better": {"verdict": "partly", "checks": []}}')
    better, echo = stub.run("list").stdout.splitlines()
    assert "not run (edition 1: partly)  The treatment" in better
    assert "not run" in echo
    assert "edition 1" not in echo
    assert stub.run("history", "stub-better").stdout.splitlines() == [
        "edition 1 (seeds from 0, other checks): partly",
        "edition 2 (seeds from 1000): not run yet",
    ]
    assert "\nedition 1, by other checks on seeds from 0: partly\n" in stub.run("explain", "stub-better").stdout


def test_exit_1_where_a_finding_or_a_verdict_differs(trained: Any) -> None:
    trained.edit("reproductions/stub/studies/sleep.py", '"treatment": 0.9', '"treatment": 0.05')
    trained.commit()
    quick = trained.run("run", "stub-better", "--workers", "0")
    assert quick.returncode == 1
    assert quick.stdout.splitlines()[1].split()[:3] == ["stub-better", "stale", "differs"]
    full = trained.run("run", "stub-better", "--workers", "0", "--tier", "full")
    assert full.returncode == 1
    assert full.stdout.startswith("stub-better: not reproduced\n")
    settled = trained.run("run", "stub-better", "--workers", "0", "--tier", "full")
    assert (settled.returncode, settled.stdout) == (0, full.stdout)


def test_exit_3_where_a_first_run_decides_nothing(stub: Any) -> None:
    stub.edit("reproductions/stub/studies/sleep.py", '"treatment": 0.9', '"treatment": 0.1')
    stub.commit()
    done = stub.run("run", "stub-better", "--workers", "0", "--tier", "full")
    assert done.returncode == 3
    assert done.stdout.startswith("stub-better: undecided (open: better)\n")
    assert stub.run("run", "stub-better", "--workers", "0", "--tier", "full").returncode == 0


def test_exit_3_also_where_another_claim_of_the_module_is_on_record(stub: Any) -> None:
    stub.edit("reproductions/stub/studies/sleep.py", '"treatment": 0.9', '"treatment": 0.1')
    stub.commit()
    assert stub.run("run", "stub-echo", "--workers", "0", "--tier", "full").returncode == 0
    assert json.loads((stub.results / "stub/verdicts.json").read_text())["stub-better"]["verdict"] == "not run"
    done = stub.run("run", "stub-better", "--workers", "0", "--tier", "full")
    assert (done.returncode, done.stdout.splitlines()[0]) == (3, "stub-better: undecided (open: better)")
    assert stub.run("run", "stub-better", "--workers", "0", "--tier", "full").returncode == 0


def test_what_an_accelerator_trained_is_recorded_and_judged_as_such(stub: Any) -> None:
    stub.edit(
        "reproductions/stub/studies/echo.py",
        "def arms(tier):",
        'def arms(tier):\n    if tier == "full":\n        return ()',
    )
    stub.commit()
    assert stub.run("run", "--tier", "full", "--workers", "0").returncode == 0
    before = json.loads((stub.results / "stub/verdicts.json").read_text())
    assert {claim: entry["verdict"] for claim, entry in before.items()} == {
        "stub-better": "reproduced",
        "stub-echo": "not run",
    }
    assert stub.run("run", "stub-echo", "--tier", "gpu", "--workers", "0").returncode == 0
    after = json.loads((stub.results / "stub/verdicts.json").read_text())
    assert (after["stub-echo"]["verdict"], after["stub-echo"]["tier"]) == ("reproduced", "gpu")
    assert after["stub-better"] == before["stub-better"]
    assert stub.run("verify").returncode == 0


def test_the_full_tier_needs_thresholds_on_record(stub: Any) -> None:
    stub.edit("reproductions/stub/claims.py", "0.5", "0.4")
    line = "reproductions/stub/claims.py is not committed"
    for make in (lambda: None, lambda: stub.git("add", "-A")):
        make()
        refused = stub.run("run", "--tier", "full")
        assert refused.returncode == 2
        assert line in only_line(refused.stderr)
    (stub.root / ".git").rename(stub.root / "off")
    assert stub.log() == []
    assert stub.run("run", "--workers", "0").returncode == 0  # the quick tier needs no git


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_that_can_go_on(stub: Any, sent: signal.Signals, code: int) -> None:
    words = ("run", "stub-better", "--tier", "full", "--workers", "2")
    listen = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL)"  # a shell's background jobs ignore it
    process = stub.start(*words, first=listen, STUB_SLEEP="1")
    wait_for(lambda: len(stub.log()) > 5)
    if sent == signal.SIGINT:
        os.killpg(process.pid, sent)  # as a terminal does
    else:
        process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    assert err.splitlines()[-1] == (
        f"repro: interrupted; finished trials are kept. To go on, type: repro {' '.join(words)}"
    )
    assert "Traceback" not in err
    for worker in {pid for *_, pid in stub.log()}:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)
    kept = (stub.results / "stub/unfinished.jsonl").read_text().splitlines()
    assert 0 < len(kept) < 24
    (stub.root / "home/journal.sqlite").unlink()
    status = stub.run("status", "stub-better", "--tier", "full").stdout
    assert sum(int(line.split(": ")[1].split()[0]) for line in status.splitlines()) == len(kept)


def test_numbers_depend_neither_on_the_workers_nor_on_the_run(stub: Any, trained: Any) -> None:
    def record(project: Any) -> dict[str, Any]:
        names = ("verdicts.json", "table.md", "table.csv", "history.jsonl", "curves.csv")
        texts: dict[str, Any] = {name: (project.results / "stub" / name).read_bytes() for name in names}
        with (project.results / "stub/trials.csv").open() as file:
            rows = list(csv.DictReader(file))
        return texts | {
            "trials": [{k: v for k, v in row.items() if k not in ("seconds", "payload_sha256")} for row in rows]
        }

    two = record(trained)
    assert len(two["trials"]) == 36
    assert stub.run("run", "--workers", "0").returncode == 0  # a quick run beforehand leaves no trace
    assert stub.run("run", "--tier", "full", "--workers", "0").returncode == 0
    assert record(stub) == two
    (stub.root / "home/journal.sqlite").unlink()
    (stub.results / "stub/trials.csv").unlink()
    history = (stub.results / "stub/history.jsonl").rename(stub.root / "history.jsonl")
    assert stub.run("run", "--tier", "full", "--workers", "1").returncode == 2, "nothing makes a history again"
    history.rename(stub.results / "stub/history.jsonl")
    assert stub.run("run", "--tier", "full", "--workers", "1").returncode == 0
    told = {"history.jsonl": b""}  # which tells that the trials were gone, too
    assert record(stub) | told == two | told
