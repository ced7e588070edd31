"""Starts a peer in a fresh process with an environment of its own, and reads its answer."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import edition
from benchmarks.exchange import Order, Result
from benchmarks.peers import PEERS, Peer
from common.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
# A caller's settings would slow one peer and not another. Each starts as it would on a fresh login, on the CPU.
SETTINGS = ("KERAS_", "XLA_", "JAX_", "TF_", "OMP_", "MKL_", "OPENBLAS_", "NUMEXPR_", "VECLIB_", "NPROC", "TORCH_")
CPU_ONLY = {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}


def environment(peer: Peer | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    return kept | CPU_ONLY | dict(peer.environment if peer else {})


def installed(name: str) -> bool:
    """Whether what a peer needs is there."""
    if PEERS[name].edition_1:
        return edition.available()
    return importlib.util.find_spec(PEERS[name].needs) is not None


def answer(module: str, given: str, peer: Peer | None = None) -> Any:
    """What `python -m benchmarks.peers.<module>` prints as its last line.

    Raises:
        UserError: it failed.
    """
    command = [sys.executable, "-m", f"benchmarks.peers.{module}"]
    folder = edition.engine() if peer and peer.edition_1 else ROOT
    done = subprocess.run(command, input=given, cwd=folder, env=environment(peer), capture_output=True, text=True)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        name = peer.name if peer else module
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise UserError(f"peer {name} failed: {reason}")
    return json.loads(lines[-1])


def measured(name: str, order: Order) -> Result:
    return Result(**answer(PEERS[name].module, json.dumps(asdict(order)), PEERS[name]))


def losses(name: str, checks: Sequence[str], learning_rate: float | None = None) -> Mapping[str, float]:
    """The loss of each workload after ten steps from weights and on a batch that all peers share."""
    order = Order(checks=tuple(checks), learning_rate=learning_rate)
    found: Mapping[str, float] = answer(PEERS[name].module, json.dumps(asdict(order)), PEERS[name])
    return found


def peak() -> float:
    """Floating point operations a second of a large float32 matrix product on all cores."""
    return float(answer("matmul", ""))
