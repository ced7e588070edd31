"""An interrupt at whatever moment costs one line and no finished trial."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from suite import registry

LISTENS = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL)"  # a shell's background jobs ignore Ctrl-C


def test_an_interrupted_fresh_run_changes_no_record_and_goes_on(trained: Any) -> None:
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


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not tell how far a process is")
@pytest.mark.parametrize("moment", [0.2, 0.3, "workers start", "they train"])
def test_an_interrupt_at_any_moment_is_one_line(stub: Any, moment: float | str) -> None:
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
def test_an_interrupt_while_a_library_is_loaded_has_the_same_exit_code(code: str, tmp_path: Path) -> None:
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
