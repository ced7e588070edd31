"""Writes a record and is stopped at its steps, one after the other; says where it is not healed afterwards. No Keras.

Runs in a stub project as `python -m killing_probe STRIDE HOW …`, where a journal holds all trials of a run and the
record those of the first batch; every STRIDE-th step is tried, each at which evidence moves into place, and each after
a page was written. A step is what Python tells of itself (an audit event): a file is opened, moved or removed. There
the process dies by SIGKILL, as it is (`killed`) or when the file that it wrote holds a half (`half`), or Ctrl-C comes
(`interrupted`), after which it still tidies up.

What has to hold: `repro export` makes a record of what is there in which `repro verify` finds nothing, and the same
command line ends in the very files of a run that nobody stopped.
"""

import io
import json
import os
import shutil
import signal
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

# What a run and an export load (SciPy takes longer than either) is loaded once, before the processes divide.
from common import datasets, statistics, training  # noqa: F401
from suite import cli, commands, effects, manifest, reading, recording, registry, verifying  # noqa: F401

ROOT = Path.cwd()
HELD = [ROOT / "results", ROOT / "README.md", ROOT / "reproductions/stub"]
PAGE = "README.md"
RUN, EXPORT = ("run", "--tier", "full", "--workers", "0"), ("export",)


class Stopper:
    """Counts the steps at which files change, and ends the process at one of them."""

    def __init__(self, fatal: int, how: str) -> None:
        self.fatal, self.how = fatal, how
        self.steps, self.wrote, self.written = 0, 0, ""
        self.moves: list[int] = []
        """The steps at which evidence moves into place: what is there before and what after must go together; and those
        after a page was written, which holds words that nothing makes again."""

    def __call__(self, event: str, facts: tuple[object, ...]) -> None:
        path = str(facts[0]) if facts else ""
        writes = event == "open" and facts[1] is not None and set(str(facts[1])) & set("wax+")
        if not (writes or event in ("os.rename", "os.remove")) or not ours(path):
            return
        self.steps += 1
        evident = event == "os.rename" and Path(str(facts[1])).name in {*manifest.EVIDENCE, manifest.UNFINISHED}
        if evident or (PAGE in Path(self.written).name and self.steps == self.wrote + 1):
            self.moves.append(self.steps)
        if self.steps == self.fatal:
            if self.how == "interrupted":
                raise KeyboardInterrupt
            if self.how == "half" and os.path.exists(self.written):
                os.truncate(self.written, os.path.getsize(self.written) // 2)
            os.kill(os.getpid(), signal.SIGKILL)
        if writes:
            self.wrote, self.written = self.steps, path


def ours(path: str) -> bool:
    """Whether a file is of the record or a page that follows from it."""
    inside = Path(path).is_relative_to(ROOT / "results") or Path(path).name.startswith(("README.md", ".README.md"))
    return inside and Path(path).is_relative_to(ROOT)


def apart(words: tuple[str, ...], fatal: int = 0, how: str = "killed") -> tuple[int, int, list[int]]:
    """Runs a command in a process of its own: the status as `os.waitpid` has it, its steps and moves of evidence."""
    ends = os.pipe()
    pid = os.fork()
    if pid == 0:
        stopper = Stopper(fatal, how)
        sys.addaudithook(stopper)
        said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        with redirect_stdout(said), redirect_stderr(said):
            code = cli.main(words)
        if code not in (0, cli.INTERRUPTED):
            os.write(2, said.buffer.getvalue())  # type: ignore[attr-defined]
        os.write(ends[1], json.dumps([stopper.steps, stopper.moves]).encode())
        os._exit(code)
    os.close(ends[1])
    _, status = os.waitpid(pid, 0)
    told = os.read(ends[0], 4096)
    os.close(ends[0])
    steps, moves = json.loads(told or "[0, []]")
    return status, steps, moves


def state() -> dict[str, bytes]:
    paths = [path for place in HELD for path in (place.rglob("*") if place.is_dir() else [place])]
    return {str(path): path.read_bytes() for path in paths if path.is_file() and "__pycache__" not in path.parts}


def restore(before: dict[str, bytes]) -> None:
    for path in state().keys() - before.keys():
        os.unlink(path)
    for path, content in before.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content)


def faults() -> list[str]:
    """What `repro verify` finds, apart from edition 1, which a stub does not have."""
    return [fault for fault in verifying.verify() if "edition-1" not in fault]


def main(stride: int, *ways: str) -> None:
    journal, kept = ROOT / "home", ROOT / "home-before"
    shutil.copytree(journal, kept)
    before = state()
    status, steps, moves = apart(RUN)
    wanted = state()
    assert status == 0, status
    assert wanted != before
    assert faults() == [], faults()
    tried = sorted({*range(1, steps + 1, stride), *moves})
    for step in tried:
        for how in ways:
            restore(before)
            shutil.rmtree(journal)
            shutil.copytree(kept, journal)
            where = f"step {step} of {steps}, {how}"
            code = os.waitstatus_to_exitcode(apart(RUN, step, how)[0])
            assert code == (cli.INTERRUPTED if how == "interrupted" else -signal.SIGKILL), f"{where}: {code}"
            assert apart(EXPORT)[0] == 0, where
            assert faults() == [], f"{where}: after an export: {faults()}"
            said = {i: e["verdict"] for i, e in registry.recorded_verdicts("stub").items()}
            status = apart(RUN)[0]
            assert status == 0, f"{where}: {status}, after {said}"
            found = state()
            wrong = sorted(path for path in found.keys() | wanted.keys() if found.get(path) != wanted.get(path))
            assert not wrong, f"{where}: not those of an unbroken run: {wrong}"
    print(len(tried) * len(ways), "of", steps, "with", len(moves))


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
