"""The command `doctor`: what is wrong on this machine, and how to mend it. The backend starts in another process."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

from common import datasets
from common.engine import backend
from common.errors import UserError
from common.home import home
from suite import journal, machine, manual, provenance, registry

PYTHONS = ((3, 11), (3, 14))  # from, and below
SPACE = 2_000_000_000  # bytes: data, programs and a journal of the full tier
PATIENCE = 120  # seconds for a backend to start
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "NPROC")
STARTS = {
    "jax": "import jax; print(jax.devices()[0].device_kind, float(jax.numpy.ones(2).sum()))",
    "tensorflow": "import tensorflow as tf; print(len(tf.config.list_physical_devices('GPU')), 'GPUs', "
    "float(tf.reduce_sum(tf.ones(2))))",
    "torch": "import torch; print('CUDA' if torch.cuda.is_available() else 'CPU', float(torch.ones(2).sum()))",
}


@dataclass(frozen=True)
class Finding:
    """One line of the diagnosis; `mend` is what to do where it is not well."""

    state: Literal["ok", "note", "WRONG"]
    what: str
    said: str
    mend: str = ""


def run() -> int:
    """Prints the diagnosis; the exit code is 2 where a run would fail."""
    wrong = 0
    told = {name: os.environ[name] for name in manual.VARIABLES if name in os.environ}
    for look in (_python, _packages, _backend, _threads, _accelerator, _data, _disk, _journal, _record, _code):
        for finding in _looked(look):
            mend = f"; {finding.mend}" if finding.mend else ""
            print(f"{finding.state:<6} {finding.what}: {finding.said}{mend}", flush=True)
            wrong += finding.state == "WRONG"
    for name, value in told.items():
        print(f"set    {name}={value}: {manual.VARIABLES[name]}")
    unset = [name for name in manual.VARIABLES if name not in told]
    print(f"unset  {', '.join(unset)} (what they mean: repro --help)")
    print(f"{wrong} thing(s) to mend." if wrong else "Nothing is wrong.")
    return 2 if wrong else 0


def _looked(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except UserError as fault:
        yield Finding("WRONG", look.__name__.strip("_"), str(fault))


def _python() -> Iterator[Finding]:
    here = sys.version_info[:2]
    said = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {provenance.cpu()}"
    if PYTHONS[0] <= here < PYTHONS[1]:
        yield Finding("ok", "python", said)
    else:
        yield Finding("WRONG", "python", said, "make an environment with Python 3.11, 3.12 or 3.13")


def _packages() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    try:
        own = version("dl-reproductions")
    except PackageNotFoundError:
        yield Finding("WRONG", "packages", "dl-reproductions is not installed", "type: pip install -e '.[dev]'")
        return
    faults = []
    for text in requires("dl-reproductions") or ():
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            faults.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            faults.append(f"{requirement.name} {found} is not {requirement.specifier}")
    known = ", ".join(f"{package} {found}" for package, found in provenance.packages().items())
    if faults:
        yield Finding("WRONG", "packages", "; ".join(faults), "type: pip install -e .")
    else:
        yield Finding("ok", "packages", f"dl-reproductions {own}, {known}")


def _backend() -> Iterator[Finding]:
    used = backend.choose(os.environ.get("KERAS_BACKEND"))
    environment = {**os.environ, **backend.worker_environment(home() / "programs")}
    try:
        done = subprocess.run(
            [sys.executable, "-c", STARTS[used]],
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
        lines, code = (done.stderr or done.stdout).strip().splitlines(), done.returncode
    except subprocess.TimeoutExpired:
        lines, code = [f"no answer within {PATIENCE} s"], 1
    if code:
        yield Finding(
            "WRONG", "backend", f"{used} does not start: {lines[-1] if lines else code}", f"type: pip install -U {used}"
        )
        return
    others = ", ".join(name for name in backend.BACKENDS if name != used and backend.installed(name)) or "none"
    yield Finding("ok", "backend", f"{used} starts ({done.stdout.strip()}); also installed: {others}")


def _threads() -> Iterator[Finding]:
    cores, there = machine.core_count(), os.cpu_count() or 1
    said = f"{cores} of {there} cores: a full run takes {cores} worker(s) of one thread each"
    told = [f"{name}={os.environ[name]}" for name in THREADS if os.environ.get(name, "1") != "1"]
    if told:
        said += f"; {', '.join(told)} is overruled, as a run sets it to 1"
    yield Finding("ok", "threads", said)


def _accelerator() -> Iterator[Finding]:
    used = backend.choose(os.environ.get("KERAS_BACKEND"))
    card = backend.accelerator(used)
    there = any(Path(place).exists() for place in backend.GPUS)
    if card:
        yield Finding("ok", "accelerator", card)
    elif there and used == "jax":
        mend = "to train on it, type: pip install 'jax[cuda12]', and unset JAX_PLATFORMS"
        yield Finding("note", "accelerator", "there is an NVIDIA GPU, and JAX will not use it", mend)
    else:
        yield Finding("ok", "accelerator", "none; claims of the gpu tier cannot be run here, all others can")


def _data() -> Iterator[Finding]:
    for name, where in datasets.available().items():
        if datasets.at_hand(name):
            yield Finding("ok", "data", f"{name} in {where} (repro data check verifies it)")
        elif name in datasets.VERSIONS:
            said = f"{name} is in neither {datasets.data_dir()} nor {datasets.cache_dir()}"
            yield Finding("WRONG", "data", said, "type: repro data fetch, or set TFDS_DATA_DIR to a prepared copy")
        else:
            yield Finding("ok", "data", where)


def _disk() -> Iterator[Finding]:
    for what, folder in (("REPRO_HOME", home()), ("REPRO_RESULTS", registry.results())):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(there).free
        said = f"{folder}, {free / 1e9:.1f} GB free"
        if not os.access(there, os.W_OK | os.X_OK):
            mend = f"mend the permissions of {there}, or name another folder in {what}"
            yield Finding("WRONG", "disk", f"{said}, and it cannot be written", mend)
        elif free < SPACE:
            yield Finding("note", "disk", said, f"make room, or name a folder on another disk in {what}")
        else:
            yield Finding("ok", "disk", said)


def _journal() -> Iterator[Finding]:
    path = home() / "journal.sqlite"
    count, holder = journal.state(path)
    said = f"{count} finished trials in {path}" if path.exists() else "none yet; a run makes it"
    if path.exists() and path.stat().st_size > journal.LARGEST_CHECKED:
        said += "; it is too large to be looked through, and what may be damaged is found once it is read"
    if holder:
        said += f"; a run is going on (process {holder})"
    yield Finding("ok", "journal", said)
    if (anew := home() / journal.FRESH).exists() and not holder:
        mend = f"type the same run --fresh again to go on, or remove {anew}"
        yield Finding("note", "journal", "a run --fresh was interrupted", mend)


def _record() -> Iterator[Finding]:
    known = registry.all_claims()
    recorded = (registry.recorded_verdicts(name).items() for name in registry.names())
    judged = {claim for said in recorded for claim, record in said if record["verdict"] != "not run"}
    said = f"{len(judged & set(known))} of {len(known)} claims are judged in {registry.results()}"
    yield Finding("ok", "record", said)
    for fault in registry.unreadable().values():
        yield Finding("WRONG", "record", fault, "mend the file")


def _code() -> Iterator[Finding]:
    head, clean = provenance.commit()
    if head == "none":
        mend = "for the full tier, run in a clone of the project"
        yield Finding(
            "note", "code", "no git, or no checkout: the full tier, which records its commit, is refused", mend
        )
    elif clean:
        yield Finding("ok", "code", f"commit {head[:12]}")
    else:
        yield Finding("note", "code", f"commit {head[:12]} with changes", "commit them before a full run")
