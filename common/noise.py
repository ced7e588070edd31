"""Keeps to itself what TensorFlow says while it is loaded, which no variable silences, and lets every fault through.

Its libraries log before they have read `TF_CPP_MIN_LOG_LEVEL`, straight to the file of standard error: that oneDNN is
on, that there is no CUDA. Another process sifts the lines, so that the last words of one that dies are not lost.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SIEVE = r"""
import re, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
noise = re.compile(rb"I\d{4} \d\d|WARNING: All log messages before absl::InitializeLog")
for line in iter(sys.stdin.buffer.readline, b""):
    if not noise.match(line):
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
"""


@contextmanager
def sifted() -> Iterator[None]:
    """Standard error without what only informs, in the format of absl; of the whole process, so keep it short."""
    try:
        kept = os.dup(2)
        sieve = subprocess.Popen([sys.executable, "-I", "-S", "-c", SIEVE], stdin=subprocess.PIPE)
    except OSError:  # no standard error, or no room for a process: then there is noise
        yield
        return
    assert sieve.stdin is not None
    try:
        os.dup2(sieve.stdin.fileno(), 2)
        sieve.stdin.close()
        yield
    finally:
        with suppress(Exception):
            sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        sieve.wait()
