"""The suite as it stood at an earlier commit, in a folder of its own, to be timed beside today's in the same rounds."""

import atexit
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMIT = "b5d8c4809ab7"  # the end of edition 1


def available() -> bool:
    """Whether the commit is at hand; a clone without history lacks it."""
    found = ["git", "-C", str(ROOT), "cat-file", "-e", f"{COMMIT}^{{commit}}"]
    return bool(shutil.which("git")) and subprocess.run(found, capture_output=True).returncode == 0


@cache
def suite() -> Path:
    """A clone at the commit, removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="edition-1-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", str(ROOT), str(folder)], check=True)
    subprocess.run(["git", "-C", str(folder), "checkout", "-q", "--detach", COMMIT], check=True)
    return folder


@cache
def engine() -> Path:
    """Its engine under today's programs of `benchmarks`, so that both train the same workloads."""
    folder = Path(tempfile.mkdtemp(prefix="edition-1-engine-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in ("common", "reproductions"):
        shutil.copytree(suite() / name, folder / name)
    shutil.copytree(ROOT / "benchmarks", folder / "benchmarks")
    for module, room in (("workers", "suite"), ("backend", "common/engine")):  # where today's programs look for them
        (folder / room).mkdir()
        (folder / room / "__init__.py").touch()
        shutil.copy(folder / f"common/{module}.py", folder / room)
    return folder
