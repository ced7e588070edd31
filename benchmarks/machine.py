"""The machine and the software that numbers belong to. No host, user or path."""

import os
import platform
from typing import Any

from benchmarks.peers.pool import cores
from suite import provenance


def fingerprint() -> dict[str, Any]:
    """Memory in gigabytes, load averages over a minute."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": provenance.cpu(),
        "cores_usable": cores(),
        "threads": "ours and hand-written JAX: one a worker, a worker a core; the others: their default",
        "memory_gigabytes": round(pages / 1e9, 1),
        "accelerator": "not used",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": provenance.packages(),
        "load_before": load(),
        "load_after": None,
    }


def load() -> float:
    return round(os.getloadavg()[0], 2)
