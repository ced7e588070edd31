"""What a machine lacks or does not allow costs one clear line that says what to do, and never a traceback."""

import io
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from stub_project import told

from common.engine import backend
from suite import cli, doctor, output, registry

CAPABLE = "import ctypes; ctypes.CDLL(None).prctl(24, 1)"  # a root whose next program obeys permissions, as others do


@pytest.mark.parametrize("lacks", ["program", "checkout"])
def test_a_full_run_without_git_is_refused_and_told_of_the_quick_tier(stub: Any, lacks: str, tmp_path: Path) -> None:
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
def test_cuda_that_is_asked_for_and_not_there_is_refused(
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


def test_a_missing_torch_is_installed_by_a_line_that_exists(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(backend, "installed", lambda name: name != "torch")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert cli.main(["run", "--backend", "torch"]) == 2
    assert capsys.readouterr().err.endswith(" or type: pip install torch\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_output_that_is_not_utf_8_takes_all_that_is_said(
    encoding: str, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


@pytest.mark.parametrize("words", [("--help",), ("run", "stub-echo", "--workers", "0")], ids=" ".join)
def test_a_closed_pipe_ends_a_command_without_an_error(stub: Any, words: tuple[str, ...]) -> None:
    process = stub.start(*words)
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait() == 0
    assert "Error" not in err


@pytest.mark.parametrize("closed", [1, 2])
def test_streams_that_were_never_open_cost_no_trial(stub: Any, closed: int) -> None:
    done = stub.run("run", "stub-echo", "--workers", "0", first=f"os.close({closed})")
    assert done.returncode == 0
    assert (stub.finished(), stub.run("status", "stub-echo").returncode) == ({f"only {seed}" for seed in range(3)}, 0)


def test_a_home_that_cannot_be_written_is_named_before_anything_is_trained(stub: Any) -> None:
    home = stub.root / "home"
    home.mkdir()
    home.chmod(0o555)
    line = told(stub.run("run", first=CAPABLE))
    assert line == (
        f"repro: cannot write {home}: Permission denied; mend its permissions, or name another folder in REPRO_HOME."
    )
    assert stub.run("plan", first=CAPABLE).returncode == 0  # which only reads
    home.chmod(0o755)


@pytest.mark.parametrize("command", ["run", "status"])
def test_a_journal_of_a_newer_version_is_refused_by_its_path(
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
def test_a_results_folder_that_is_a_file_is_told_as_such(
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


def test_no_space_for_the_output_is_one_line() -> None:
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


def test_no_space_for_the_record_is_one_line(stub: Any) -> None:
    """Where not even the manifest of the record has room."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))"
    line = told(stub.run("run", "--tier", "full", "--workers", "0", first=limit))
    assert "journal" in line
    assert "free some space and run again; all but the last trials to finish are kept" in line
