"""How much of this machine a run may use: its cores, its accelerator, its disk. No ML library."""

import os
import re
import resource
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from common.engine import backend
from suite import registry

BESIDE = 1.0  # load that is no hindrance: the driver, a browser


def worker_count(used: str) -> int:
    """How many workers suit this machine: one for an accelerator, which lanes fill, else one a core."""
    return 1 if backend.accelerator(used) else core_count()


def core_count() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_megabytes(status: Path = Path("/proc/self/status")) -> float:
    """The most memory that this process ever had, in 10^6 bytes.

    What the system counts for a process begins with the most of the one that started it, so Linux is asked otherwise.
    """
    try:
        told = re.search(r"^VmHWM:\s*(\d+) kB", status.read_text(), re.MULTILINE)
    except OSError:
        told = None
    if told:
        return int(told[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def busy(workers: int) -> bool:
    """Whether other work takes time from so many workers, or would: by the load of the last minute."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > min(workers, core_count()) + BESIDE


def check_space(folder: Path, trials: int) -> Iterator[str]:
    """A warning when the disk is nearly full; a trial takes some kilobytes in the journal."""
    free = shutil.disk_usage(folder if folder.exists() else registry.ROOT).free
    if free < 50_000_000 + trials * 50_000:
        yield f"only {free / 1e6:.0f} MB are free on the disk of {folder}; the run may not be able to keep its trials."
