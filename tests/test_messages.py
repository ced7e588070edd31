"""What people get wrong: each costs one clear line that says what to do, an exit code, and never a traceback.

A second run (20) stands in `test_faults.py`, a backend in conflict (23) in `test_command.py`.
"""

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import reproductions
from common import datasets, decoding, fetching
from common.engine import backend
from common.errors import nearest
from common.training import Run
from suite import cli, commands, doctor, output, registry

CLAIMS, SLEEP = "reproductions/stub/claims.py", "reproductions/stub/studies/sleep.py"
CAPABLE = "import ctypes; ctypes.CDLL(None).prctl(24, 1)"  # a root whose next program obeys permissions, as others do
LISTENS = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL)"  # a shell's background jobs ignore Ctrl-C


def told(done: Any, code: int = 2) -> str:
    """The one line of a fault; what a run says of itself does not count."""
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.startswith("repro: ")]
    lines = [line for line in lines if not line.startswith(("repro: trains", "repro: nothing to train"))]
    lines = [line for line in lines if " waits for " not in line]
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without data and without a network, whose home is new."""
    for name in ("REPRO_CACHE", "REPRO_DATASET", "MR_DATA_DIR", "REPRO_RESULTS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return tmp_path


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever Keras other tests have loaded, a command takes it for that of JAX: these train nothing."""
    monkeypatch.setattr(commands, "prepare", lambda requested: "jax")


def test_1_a_check_without_mnist(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "check"]) == 2
    out, err = capsys.readouterr()
    assert "digits: sha256" in out
    places = f"{bare / 'data'} nor {bare / 'home' / 'data'}"
    assert err == (
        f"repro: not at hand: mnist and tiny_shakespeare, in neither {places}; type `repro data fetch`, or set "
        f"TFDS_DATA_DIR to a folder that holds a prepared copy\n"
    )


def test_2_a_damaged_mnist_is_told_whole(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def damaged(path: Path) -> tuple[Any, ...]:
        raise ValueError(f"{'so it goes on and on, ' * 20}to the end of {path}")

    monkeypatch.setattr(datasets, "from_tfds", damaged)
    folder = bare / "data" / "mnist" / "3.0.1"
    folder.mkdir(parents=True)
    assert cli.main(["data", "check"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"to the end of {folder}; delete {folder} and type `repro data fetch`" in err


@pytest.mark.parametrize("place", ["data", "new/folder"])
def test_3_and_4_a_fetch_without_a_network_gives_up_soon(
    place: str, bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Looking up a name may take minutes, and TFDS tries again and again."""
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)
    gone = threading.Event()

    def silent(*_: object, **__: object) -> None:
        gone.wait(60)
        raise OSError("too late")

    monkeypatch.setattr(fetching, "_open", silent)
    monkeypatch.setenv("TFDS_DATA_DIR", str(bare / place))
    begun = time.monotonic()
    assert cli.main(["data", "fetch"]) == 2
    assert time.monotonic() - begun < 15
    gone.set()
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"repro: mnist could not be fetched to {bare / place}: no connection to storage.googleapis.com (no answer "
        f"within 0.3 s); connect to the network and type it again, or copy mnist/3.0.1 into {bare / place} from "
        f"elsewhere"
    )
    assert (bare / place).is_dir()
    assert fetching.PATIENCE < 15


def test_a_host_that_answers_is_reached_whatever_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise urllib.error.HTTPError("https://a.b/c", 403, "Forbidden", None, None)  # type: ignore[arg-type]

    monkeypatch.setattr(fetching, "_open", forbidden)
    fetching._reach("https://a.b/c")
    unknown = urllib.error.URLError("unknown name")

    def refused(*_: object, **__: object) -> None:
        raise unknown

    monkeypatch.setattr(fetching, "_open", refused)
    with pytest.raises(OSError, match=r"no connection to a.b \(unknown name\)"):
        fetching._reach("https://a.b/c")


@pytest.mark.parametrize("lacks", ["program", "checkout"])
def test_5_no_git(stub: Any, lacks: str, tmp_path: Path) -> None:
    if lacks == "checkout":
        (stub.root / ".git").rename(stub.root / "off")
        variables = {"GIT_CEILING_DIRECTORIES": str(stub.root.parent)}
    else:
        variables = {"PATH": str(tmp_path / "nowhere")}
    line = told(stub.run("run", "--tier", "full", **variables))
    assert "commit it" not in line
    assert ("git is not installed: install it" if lacks == "program" else "is no git checkout with a commit") in line
    assert "or run the quick tier, which needs none" in line
    assert stub.log() == []


@pytest.mark.parametrize("plugin", [False, True])
def test_6_cuda_is_asked_for_and_not_there(
    plugin: bool, bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JAX_PLATFORMS", "cuda")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(backend, "GPUS", (str(bare / "none"),))
    monkeypatch.setattr(backend, "_cuda_plugin", lambda: plugin)
    assert cli.main(["run", "parity-uncorrelated"]) == 2
    lacking = "this machine shows no NVIDIA GPU" if plugin else "JAX's plugin for it is not installed"
    assert f"JAX_PLATFORMS is cuda, and {lacking}; unset JAX_PLATFORMS to train on the CPU" in capsys.readouterr().err
    (bare / "none").mkdir()
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    if plugin:
        assert backend.choose(None) == "jax"


def test_7_a_missing_torch_is_installed_by_a_line_that_exists(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(backend, "installed", lambda name: name != "torch")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert cli.main(["run", "--backend", "torch"]) == 2
    assert capsys.readouterr().err.endswith(" or type: pip install torch\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_8_output_that_is_not_utf_8(encoding: str, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.BytesIO()
    for words in (["explain", "parity-frontier"], ["list", "--json", "parity"]):
        monkeypatch.setattr("sys.stdout", io.TextIOWrapper(said, encoding=encoding))
        assert cli.main(words) == 0
        sys.stdout.detach()  # type: ignore[union-attr]
    explained, _, listed = said.getvalue().decode(encoding).partition("[\n")
    assert ">=" in explained
    assert "?" not in explained.replace("?)", "")
    assert json.loads(f"[{listed}")[0]["claim"] == "parity-frontier"
    assert output.as_json("é") == '"\\u00e9"'


@pytest.mark.parametrize("command", ["status", "run", "plan"])
def test_9_and_10_a_tier_at_which_nothing_is_done(
    command: str, bare: Path, prepared: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([command, "parity-uncorrelated", "--tier", "gpu"]) == 2
    fault = "repro: no study of these claims has arms at the gpu tier; try: --tier full.\n"
    assert capsys.readouterr() == ("", fault)


WORDS = {
    "table --json --csv": "argument --csv: not allowed with argument --json; see: repro table --help",  # 11
    "run --teir full": "unknown option --teir; did you mean --tier?",  # 12
    "table --jsno": "unknown option --jsno; did you mean --json?",
    "cite --what": "unknown option --what; see: repro cite --help",
    "--verison": "unknown option --verison; did you mean --version?",
    "run --tier FULL": "unknown tier 'FULL'; did you mean full?",
    "run PARITY": "unknown claim or reproduction 'PARITY'; did you mean parity",
    "explain PARITY-FRONTIER": "unknown claim 'PARITY-FRONTIER'; did you mean parity-frontier",
    "LIST": "unknown command 'LIST'; did you mean list?",
    "run --backend JAX": "unknown backend 'JAX' in --backend; did you mean jax?",
}


@pytest.mark.parametrize("words", WORDS)
def test_11_and_12_words_that_come_near(words: str, bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"repro: {WORDS[words]}")
    assert err.count("\n") == 1


LONG = "x" * 300
FOLDERS = {
    ("adopt", "~nobody-here/results", "parity"): "FOLDER is '~nobody-here/results'",
    ("adopt", LONG, "parity"): f"FOLDER is '{LONG[:79]}",
    ("compare", "~nobody-here/results", "results"): "the folder is '~nobody-here/results'",
    ("compare", "results", LONG): f"the folder is '{LONG[:79]}",
    ("REPRO_RESULTS", "~nobody-here/results"): "REPRO_RESULTS is '~nobody-here/results'",
    ("REPRO_RESULTS", LONG): f"REPRO_RESULTS is '{LONG[:79]}",
    ("REPRO_HOME", "~nobody-here"): "REPRO_HOME is '~nobody-here'",
    ("REPRO_HOME", LONG): f"REPRO_HOME is '{LONG[:79]}",
    ("TFDS_DATA_DIR", "~nobody-here"): "TFDS_DATA_DIR is '~nobody-here'",
    ("REPRO_CACHE", "~nobody-here"): "REPRO_CACHE is '~nobody-here'",
    ("MR_DATA_DIR", "~nobody-here"): "MR_DATA_DIR is '~nobody-here'",
}


@pytest.mark.parametrize("words", FOLDERS, ids=lambda words: f"{words[0]} {words[-1][:12]}")
def test_a_folder_that_cannot_be_is_named_with_where_it_was_written(
    words: tuple[str, ...], bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a user that there is not, or too long for any system."""
    if words[0].isupper():
        monkeypatch.setenv(*words)
    command = ["data", "check"] if "DATA" in words[0] or "CACHE" in words[0] else ["verdicts", "parity"]
    assert cli.main(command if words[0].isupper() else list(words)) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"repro: {FOLDERS[words]}")
    reason = "File name too long" if words[-1] == LONG or LONG in words else "there is no such home"
    assert err.endswith(f", and no folder: {reason}; give another, by its whole path\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize("words", [["adopt", "a\nb", "sorting"], ["compare", "a\u2028b", "c"], ["lesson", "a\r\nb"]])
def test_a_word_with_a_line_break_makes_no_second_line(
    words: list[str], bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert repr(words[1])[1:-1] in line


def test_13_the_version(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith(f"repro {version('dl-reproductions')} on Python 3.")


def test_14_an_interrupted_fresh_run_changes_no_record_and_goes_on(trained: Any) -> None:
    """The first study is whole when the second is interrupted; typed again, the command trains only what is left."""

    def record() -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in trained.results.rglob("*") if p.is_file()}

    before, begun, words = record(), len(trained.log()), ("run", "--tier", "full", "--fresh", "--workers", "1")
    trained.git("commit", "--allow-empty", "-qm", "another commit, which the record would name")
    process = trained.start(*words, first=LISTENS, STUB_SLEEP="0.1")
    while len(trained.log()) < begun + 30 and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert err.splitlines()[-1].endswith("To go on, type: repro run --tier full --fresh --workers 1")
    assert record() == before
    told_before = len(trained.log())
    again = trained.run(*words)
    assert again.returncode == 0
    assert "finished by the --fresh run before" in again.stderr.splitlines()[0]
    assert len(trained.log()) - told_before <= 36 - 28
    assert record() != before
    assert not (trained.root / "home/fresh.sqlite").exists()
    assert trained.run("verify").returncode == 0


ONE = (
    "from suite.claims import Claim, Published, direction\nfrom suite.questions import passes\n\n"
    "def one(identity):\n    checks = (direction('c', 'it shows', 's', passes('a', 'm', '>', 0)),)\n"
    "    return Claim(identity, 'b', 'c', 'd', 'synthetic', checks, (), Published('', 'confirmed'))\n\n"
)
BROKEN = {
    "CLAIMS = ()": "it has no claims: CLAIMS is empty",
    "CLAIM = ()": "it has no CLAIMS",
    "CLAIMS = {'a': 1}": "CLAIMS is a dict, not a tuple of claims",
    "CLAIMS = (\n    'a',\n)": "CLAIMS holds 'a', which is no Claim",
    "CLAIMS = (": "SyntaxError: '(' was never closed, line 1",
    f"{ONE}CLAIMS = (one('parity-twice'), one('parity-twice'))": "2 claims are called parity-twice; give each an id of",
    f"{ONE}CLAIMS = (one('../outside'),)": "the id '../outside' is no name of lower-case letters, digits, hyphens",
    "\nCLAIMS = (unknown,)": "NameError: name 'unknown' is not defined, line 2",
    "from suite.claims import *\nCLAIMS = (Claim('a'),)": "TypeError: Claim.__init__() missing 7 required",
    "from suite.claims import *\nCLAIMS = (Claim('a', 'b', 'c', 'd', 'e', (1), (), Published('', 'confirmed')),)": (
        "TypeError: claim a: checks is 1, not a tuple; one of a single part ends in a comma, line 2"
    ),
}


@pytest.fixture
def other(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The `claims.py` of another reproduction, beside that of parity."""
    folder = bare / "other"
    folder.mkdir()
    monkeypatch.setattr(reproductions, "__path__", [*reproductions.__path__, str(bare)])
    monkeypatch.setattr(registry, "names", lambda: ("other", "parity"))
    registry.forget_claims()
    yield folder / "claims.py"
    sys.modules.pop("reproductions.other.claims", None)
    registry.forget_claims()


@pytest.mark.parametrize("text", BROKEN)
def test_15_a_broken_claims_file_is_named_and_touches_no_other(
    text: str, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other.write_text(text)
    fault = f"reproductions/other/claims.py cannot be read: {BROKEN[text]}"
    for words, code in ((["list"], 0), (["verdicts", "other"], 2), (["explain", "other-better"], 2)):
        assert cli.main(words) == code
        out, err = capsys.readouterr()
        assert fault in err
        assert err.count("\n") == 1
        assert ("parity-frontier" in out) == (code == 0)


def test_15_an_id_of_two_reproductions_is_an_error_of_both(other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Either would take the other's verdict."""
    other.write_text(f"{ONE}CLAIMS = (one('parity-frontier'),)")
    assert registry.all_claims() == {}
    assert registry.broken() == {
        name: f"its claim parity-frontier has the id of one of {another}; give the newer another"
        for name, another in (("other", "parity"), ("parity", "other"))
    }
    assert cli.main(["explain", "parity-frontier"]) == 2
    assert "reproductions/other/claims.py cannot be read: its claim parity-frontier has" in capsys.readouterr().err


def test_15_a_claim_that_reads_an_unknown_study_touches_no_other(stub: Any) -> None:
    stub.edit(CLAIMS, 'Quick("echo", "echo"', 'Quick("echo", "ehco"')
    fault = f"{CLAIMS}, claim stub-echo: quick check echo: there is no study 'ehco'; there are echo, sleep"
    assert fault in told(stub.run("run", "stub-echo"))
    others = stub.run("run", "--workers", "0")
    assert others.returncode == 2
    assert f"repro: warning: {fault}; mend it." in others.stderr
    assert others.stdout.splitlines()[1].split()[:4] == ["stub-better", "not", "run", "agrees"]


def test_15_a_study_that_cannot_be_imported_is_named_with_its_line(stub: Any) -> None:
    stub.edit("reproductions/stub/studies/echo.py", "import numpy as np", "import numpie as np")
    fault = (
        "reproductions/stub/studies/echo.py cannot be imported: ModuleNotFoundError: No module named 'numpie', line 3"
    )
    assert fault in told(stub.run("run", "stub-echo"))
    others = stub.run("run", "--workers", "0")
    assert (others.returncode, fault in others.stderr) == (2, True)
    assert "agrees" in others.stdout


@pytest.mark.parametrize(
    ("metrics", "fault"),
    [
        (0.9, "metrics are 0.9: make them a dict of names to numbers"),
        (None, "metrics are None: make them a dict of names to numbers"),
        ({"score": "high"}, "metric score is 'high': make it a number"),
    ],
)
def test_16_a_metric_that_is_no_dict_of_numbers(metrics: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Run(0, "ok", 1, False, metrics, {})


def test_16_such_a_metric_is_told_with_its_line(stub: Any) -> None:
    stub.edit(SLEEP, '{"score": score}, {"score"', 'score, {"score"')
    text = (stub.root / SLEEP).read_text(encoding="utf-8").splitlines()
    number = next(number for number, line in enumerate(text, 1) if "yield Run" in line)
    done = stub.run("run", "stub-better", "--workers", "0")
    line = next(line for line in done.stderr.splitlines() if "stub/sleep/treatment/0: " in line)
    assert done.returncode == 2
    assert "ValueError: metrics are 0.89" in line
    assert line.endswith(f"({SLEEP}, line {number})")
    assert f"mend it and run again. All that Python says of it is in {stub.root / 'home/errors.log'}" in done.stderr
    assert "Traceback (most recent call last)" in (stub.root / "home/errors.log").read_text()


def test_17_a_model_that_does_not_build_is_named_with_its_line(stub: Any) -> None:
    model = "import keras\n\ndef build():\n    return keras.Sequential([keras.layers.Dense(-1)])\n"
    (stub.root / "reproductions/stub/model.py").write_text(model)
    stub.edit(SLEEP, "import numpy as np", "import numpy as np\nfrom reproductions.stub import model")
    stub.edit(SLEEP, 'arm = settings["arm"]', 'arm = settings["arm"]\n    model.build()')
    done = stub.run("run", "stub-better", "--workers", "1")
    assert done.returncode == 2
    line = next(line for line in done.stderr.splitlines() if "stub/sleep/treatment/0: " in line)
    assert "ValueError" in line
    assert "units" in line
    assert line.endswith("(reproductions/stub/model.py, line 4)")


@pytest.mark.parametrize("words", [("--help",), ("run", "stub-echo", "--workers", "0")], ids=" ".join)
def test_18_a_closed_pipe(stub: Any, words: tuple[str, ...]) -> None:
    process = stub.start(*words)
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait() == 0
    assert "Error" not in err


@pytest.mark.parametrize("closed", [1, 2])
def test_18_streams_that_were_never_open(stub: Any, closed: int) -> None:
    done = stub.run("run", "stub-echo", "--workers", "0", first=f"os.close({closed})")
    assert done.returncode == 0
    assert (stub.finished(), stub.run("status", "stub-echo").returncode) == ({f"only {seed}" for seed in range(3)}, 0)


def test_19_a_home_that_cannot_be_written(stub: Any) -> None:
    home = stub.root / "home"
    home.mkdir()
    home.chmod(0o555)
    line = told(stub.run("run", first=CAPABLE))
    assert line == (
        f"repro: cannot write {home}: Permission denied; mend its permissions, or name another folder in REPRO_HOME."
    )
    assert stub.run("plan", first=CAPABLE).returncode == 0  # which only reads
    home.chmod(0o755)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not tell how far a process is")
@pytest.mark.parametrize("moment", [0.2, 0.3, "workers start", "they train"])
def test_21_an_interrupt_at_any_moment_is_one_line(stub: Any, moment: float | str) -> None:
    """After so many processor seconds, while libraries are loaded (all of the run takes half of one), and later."""
    process = stub.start("run", "--workers", "2", first=LISTENS, STUB_SLEEP="10")
    if isinstance(moment, float):
        while process.poll() is None and _used(process.pid) < moment:
            time.sleep(0.01)
    elif moment == "they train":
        while process.poll() is None and not stub.log():
            time.sleep(0.01)
    else:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while process.poll() is None and not children.read_text():
            time.sleep(0.01)
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, ""), err
    assert "Traceback" not in err
    assert "KeyboardInterrupt" not in err
    assert err.splitlines()[-1] == (
        "repro: interrupted; finished trials are kept. To go on, type: repro run --workers 2"
    )


@pytest.mark.parametrize(
    "code",
    [
        "    exec('raise KeyboardInterrupt')\n",
        "    class Field:\n        def __set_name__(self, owner, name):\n            raise KeyboardInterrupt\n\n"
        "    class Library:\n        field = Field()\n",
        "    import os, signal, time, weakref\n    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "    weakref.finalize(cli._Parser(), os.kill, os.getpid(), signal.SIGINT)\n    time.sleep(60)\n",
    ],
    ids=["dataclass", "__set_name__", "a finalizer"],
)
def test_21_an_interrupt_while_a_library_is_loaded_has_the_same_exit_code(code: str, tmp_path: Path) -> None:
    """`@dataclass` runs the text of its methods, and a Python that was interrupted there would die by the signal; what
    comes up in `__set_name__` Python 3.11 makes a RuntimeError, and what comes up in a finalizer it prints and drops.
    """
    (tmp_path / "interrupted.py").write_text(
        f"import sys\nfrom suite import cli\n\n\ndef run(words):\n{code}\n\n"
        "cli._run = run\nsys.exit(cli.main(['run']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "interrupted"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(registry.ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (130, ""), done.stderr
    assert "KeyboardInterrupt" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("repro: interrupted; finished trials are kept.")


def _used(process: int) -> float:
    """Processor seconds that it has taken."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("command", ["run", "status"])
def test_22_a_journal_of_another_version(
    command: str, bare: Path, prepared: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = bare / "home/journal.sqlite"
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert cli.main([command, "parity-uncorrelated"]) == 2
    assert capsys.readouterr().err == (
        f"repro: journal {path} has format 99, newer than 1, the newest this version reads; update dl-reproductions, "
        f"or set it aside with: mv {path} {path}.newer\n"
    )


@pytest.mark.parametrize("words", ["list", "verdicts", "verify", "export", "explain parity-frontier", "doctor"])
def test_24_a_results_folder_that_is_a_file(
    words: str, bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (bare / "file").touch()
    monkeypatch.setenv("REPRO_RESULTS", str(bare / "file"))
    monkeypatch.setattr(backend, "choose", lambda requested: "jax")
    monkeypatch.setattr(doctor, "_backend", lambda: iter(()))
    fault = f"{bare / 'file'} is a file, and the record is a folder; move it, or name a folder in REPRO_RESULTS"
    assert cli.main(words.split()) == 2
    out, err = capsys.readouterr()
    assert fault in out if words == "doctor" else err == f"repro: {fault}\n"


def test_25_no_space_for_the_output() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "reproductions", "list"],
            cwd=registry.ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert told(done) == (
        "repro: cannot write standard output: No space left on device; free some space and run again; every finished "
        "trial is kept."
    )


def test_25_no_space_for_the_record(stub: Any) -> None:
    """Where not even the manifest of the record has room."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))"
    line = told(stub.run("run", "--tier", "full", "--workers", "0", first=limit))
    assert "journal" in line
    assert "free some space and run again; all but the last trials to finish are kept" in line


def test_the_first_line_of_a_run_says_what_is_going_to_happen_and_the_last_what_came(stub: Any) -> None:
    first = stub.run("run", "--workers", "0", "--only", "stub-echo").stderr.splitlines()
    assert first[0] == (
        "repro: trains 3 of 3 trials with jax on the CPU, in this process: about 30 s, and what is finished is kept."
    )
    assert first[-1] == "repro: 3 trained, 0 from the record."
    more = stub.run("run", "--workers", "2").stderr.splitlines()
    assert more[0] == (
        "repro: trains 3 of 6 trials (3 are on record) with jax on the CPU, in 2 worker(s): about 15 s, and what is "
        "finished is kept."
    )
    assert more[-1] == "repro: 3 trained, 3 from the record."
    again = stub.run("run").stderr.splitlines()
    assert again[0] == "repro: nothing to train, all 6 trials are on record."
    assert again[-1] == "repro: 0 trained, 6 from the record."


def test_all_that_is_kept_lies_in_the_home(stub: Any) -> None:
    """Keras and Matplotlib would write into the user's own."""
    user = stub.root / "user"
    user.mkdir()
    stub.edit(SLEEP, "import numpy as np", "import keras, matplotlib\nimport numpy as np")
    known = {"HOME": str(user), "XDG_CACHE_HOME": str(user), "XDG_CONFIG_HOME": str(user), "REPRO_CACHE": ""}
    assert stub.run("run", "--workers", "1", **known).returncode == 0
    assert list(user.iterdir()) == []


def test_decoding_says_nothing_that_no_one_asked_for() -> None:
    """TensorFlow's libraries log before they read any variable; a fault of theirs must be heard all the same."""
    heard = "import os; os.write(2, b'I0000 00:00:1 1 port.cc:153] oneDNN is on\\nE0000 a fault\\n')"
    program = f"from common.noise import sifted\nwith sifted():\n    {heard}\nos.write(2, b'I0000 00:00 after')"
    dying = f"from common.noise import sifted\nwith sifted():\n    {heard}; os.abort()"
    for text, said in ((program, "E0000 a fault\nI0000 00:00 after"), (dying, "E0000 a fault\n")):
        done = subprocess.run(
            [sys.executable, "-c", text], cwd=registry.ROOT, capture_output=True, text=True, check=False
        )
        assert done.stderr == said


def test_tensorflow_is_loaded_without_a_word() -> None:
    known = {name: text for name, text in os.environ.items() if not name.startswith("TF_CPP")}
    program = "from suite import commands; commands.prepare('tensorflow'); import keras; print(keras.backend.backend())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=registry.ROOT,
        env=known | {"KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("tensorflow\n", "")


def test_quiet_decoding_restores_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    with decoding.quiet():
        os.write(2, b"I0000 00:00 noise\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err in ("after\n", "I0000 00:00 noise\nafter\n")  # where TensorFlow is loaded it is kept


def test_a_nearest_word_is_found_in_any_case() -> None:
    assert nearest("FULL", ["quick", "full"], otherwise="none") == "did you mean full?"
    assert nearest("x", ["quick", "full"], otherwise="none") == "none"
