"""A made-up reproduction that trains nothing, in a project of its own, so that the command is tested in seconds."""

import compileall
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parent.parent
CLAIMS = '''"""What is claimed about the stub."""
from suite.claims import Claim, Published, Quick, control, direction
from suite.questions import more, passes

def claim(identity, checks, quick):
    return Claim(id=identity, source="nobody2020", locator="p. 1", statement="The treatment is better.",
                 dataset="synthetic", checks=checks, quick=(quick,), published=Published("none", "none found"))

CLAIMS = (
    claim("stub-better",
          (direction("better", "the treatment scores more", "sleep",
                     more("score", "treatment", than="control"), most=24),
           control("control-low", "the control scores little", "sleep", passes("control", "score", "<=", 0.3), most=24,
                   guards=("better",))),
          Quick("better", "sleep", "treatment", "score", ">=", 0.5, 3)),
    claim("stub-echo",
          (direction("echo", "the score is high", "echo", passes("only", "score", ">=", 0.5), most=24),),
          Quick("echo", "echo", "only", "score", ">=", 0.5, 3)),
)
'''
STUDY = '''"""Is the treatment better?"""
import json, os, signal, time
import numpy as np
from common.study import PILOT_SEEDS, Arm
from common.training import Run

DATASET = "synthetic"
METRICS = {"score": "how good it is, share"}
SCORES = {"treatment": 0.9, "control": 0.1}
WHO = f"{os.getppid()} {os.getpid()}"  # the driver, where this is a worker

def arms(tier):  # ten seconds a seed: four seeds to a task
    quick = json.loads(os.environ.get("STUB_SEEDS", "[0, 1, 2]"))
    seeds = {"quick": quick, "pilot": range(PILOT_SEEDS, PILOT_SEEDS + 10)}.get(tier, ())
    lanes = int(os.environ.get("STUB_LANES", "1"))
    return tuple(Arm(name, {"arm": name}, tuple(seeds), lanes, seconds=10.0) for name in SCORES)

def run(settings, seeds, lanes):
    arm = settings["arm"]
    if lanes > float(os.environ.get("STUB_FITS", "inf")):
        if os.environ["STUB_FULL"] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        raise MemoryError
    for seed in seeds:
        with open(os.environ["STUB_LOG"], "a") as log:
            log.write(f"{arm} {seed} {WHO}\\n")
        if os.environ.get("STUB_KILL") == f"{arm} {seed}":
            os.kill(os.getpid(), signal.SIGKILL)
        if os.environ.get("STUB_RAISE") == f"{arm} {seed}":
            raise ArithmeticError("the net fell apart")
        while os.path.exists(os.environ.get("STUB_HOLD", "")):
            time.sleep(0.05)
        time.sleep(float(os.environ.get("STUB_SLEEP", "0")))
        end = time.process_time() + float(os.environ.get("STUB_WORK", "0"))
        while time.process_time() < end:
            pass
        score = SCORES[arm] + 0.01 * np.random.default_rng([seed, len(arm)]).normal()
        yield Run(seed, "ok", 1, False, {"score": score}, {"score": [(0, 0.5), (1, score)]})
'''
SOURCES = "@misc{nobody2020,\n  title = {Nothing},\n  author = {Nobody},\n  year = {2020}\n}\n"


def after(first: str) -> list[str]:
    """The start of a command line: a Python that has run the statement `first`, say to set a limit, when it begins.

    Without one nothing is started twice.

    A function to call between fork and exec (`preexec_fn`) would do, but JAX rightly warns of a fork once it is loaded.
    """
    if not first:
        return [sys.executable]
    return [sys.executable, "-c", f"import os, sys; {first}; os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"]


@dataclass
class Stub:
    """A copy of the stub project, with its own journal, results and log of the seeds that were run."""

    root: Path
    started: Callable[[subprocess.Popen[str]], None]

    @property
    def results(self) -> Path:
        return self.root / "record"  # not `results/`, whose tables go into the pages of the project

    def start(
        self, *words: str, module: str = "reproductions", first: str = "", **variables: str
    ) -> subprocess.Popen[str]:
        env = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith(("GIT_", "PYTHON", "PYTEST_", "REPRO_", "STUB_"))
        }
        env |= {"KERAS_BACKEND": "jax", "REPRO_HOME": str(self.root / "home"), "STUB_LOG": str(self.root / "log")}
        env |= {"REPRO_CACHE": str(self.root / "cache"), "REPRO_RESULTS": str(self.results)} | variables
        process = subprocess.Popen(
            [*after(first), "-m", module, *words],
            cwd=self.root,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started(process)
        return process

    def run(self, *words: str, first: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*words, first=first, **variables)
        out, err = process.communicate(timeout=300)
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def log(self) -> list[tuple[str, int, int, int]]:
        """(arm, seed, parent process, process) of every seed that was begun, in order."""
        path = self.root / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(arm, *map(int, numbers)) for arm, *numbers in map(str.split, lines)]  # type: ignore[misc]

    def finished(self) -> set[str]:
        """Keys of the trials in the journal."""
        if not (self.root / "home/journal.sqlite").exists():
            return set()
        connection = sqlite3.connect(f"file:{self.root / 'home/journal.sqlite'}?mode=ro", uri=True)
        try:
            return {
                key
                for (key,) in connection.execute(
                    "SELECT json_extract(payload, '$.arm') || ' ' || json_extract(payload, '$.seed') FROM trials"
                )
            }
        except sqlite3.OperationalError:  # killed before it made its table
            return set()
        finally:
            connection.close()

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.root / path
        text = file.read_text()
        assert old in text, f"{old!r} is not in {path}"
        file.write_text(text.replace(old, new, 1))
        os.utime(file, (time.time() + 10, time.time() + 10))  # else bytecode of the same second may be used

    def git(self, *words: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.hooksPath=/dev/null")
        env = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
        subprocess.run(["git", *identity, *words], cwd=self.root, check=True, capture_output=True, env=env)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", "stub")


def made(root: Path, started: Callable[[subprocess.Popen[str]], None]) -> Stub:
    """The stub project, made in a new folder and committed; each process of it is handed to `started`."""
    files = {"claims.py": CLAIMS, "studies/sleep.py": STUDY, "__init__.py": ""}
    files["studies/echo.py"] = STUDY.replace('{"treatment": 0.9, "control": 0.1}', '{"only": 0.7}')
    for package in ("common", "common/engine", "suite", "suite/citing", "reproductions"):
        (root / package).mkdir(parents=True)
        for file in (PROJECT / package).glob("*.py"):
            shutil.copy(file, root / package)
    for name, text in files.items():
        (root / "reproductions/stub" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "reproductions/stub" / name).write_text(text)
    (root / "reproductions/sources.bib").write_text(SOURCES)
    (root / ".gitignore").write_text("__pycache__/\nhome/\ncache/\nrecord/\nlog\n")
    compileall.compile_dir(root, quiet=1)  # else the first command in each copy would do it again
    stub = Stub(root, started)
    stub.git("init", "-q")
    stub.commit()
    return stub


def told(done: Any, code: int = 2) -> str:
    """The one line of a fault; what a run says of itself does not count."""
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.startswith("repro: ")]
    lines = [line for line in lines if not line.startswith(("repro: trains", "repro: nothing to train"))]
    lines = [line for line in lines if " waits for " not in line]
    assert len(lines) == 1, done.stderr
    return lines[0]
