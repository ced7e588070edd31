"""On how many processes the tests run."""

import os

import pytest

MOST = 4  # each loads JAX and collects for itself; beyond this the longest tests decide


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One a core for folders of tests; none for what a person has narrowed down, wants to see, or waits hours for.

    The full tier uses all cores by itself, and says first how long it takes.
    """
    narrowed = bool(config.option.keyword) or any(".py" in word for word in config.option.file_or_dir)
    watched = config.option.capture == "no" or config.getoption("full", default=False)
    if narrowed or watched:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST) if cores > 1 else 0
