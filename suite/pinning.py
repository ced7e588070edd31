"""A core for each worker of a run on one machine, however its workers come and go. Linux only; no ML library.

The kernel keeps the account: whoever binds a name in the abstract namespace of sockets has it until its process ends.
A driver would learn too late that a worker is gone, and give its core to nobody or another's core twice.
"""

import itertools
import os
import socket
import sys
from contextlib import suppress


def keep_to_a_core(run: str) -> socket.socket | None:
    """Moves all threads of this process to a core that no other worker of the run has, on this machine.

    Where there are more workers than cores, they share them evenly. The core is kept as long as what is returned.
    """
    if sys.platform != "linux":
        return None
    core, kept = _taken(run, sorted(os.sched_getaffinity(0)))
    for thread in os.listdir("/proc/self/task"):  # Ray's own are there already
        with suppress(OSError):  # it has just ended
            os.sched_setaffinity(int(thread), {core})
    return kept


def _taken(run: str, cores: list[int]) -> tuple[int, socket.socket]:
    for turn in itertools.count():
        for core in cores:
            name = socket.socket(socket.AF_UNIX)
            try:
                name.bind(f"\0dl-reproductions/{run}/{core}/{turn}")
            except OSError:  # another has it
                name.close()
                continue
            return core, name
    raise AssertionError
