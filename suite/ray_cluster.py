"""A cluster of Ray: one of this machine's own, or one that is joined by its address. Loads Ray only when asked for."""

import os
import secrets
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.engine import backend
from common.errors import UserError
from suite import machine, nodes, registry, workers

OBJECTS = 80_000_000  # bytes of shared memory, close to the least that Ray takes: results travel beside it
START, TRIES = 30, 3  # seconds that Ray gives its daemons to start, which is little on a busy machine
SETTINGS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}  # the second: no warning
# Ray takes 127.0.0.1 for a mistake and listens on all interfaces, unless it believes that it cannot do clusters. The
# other users of this machine need the token. By itself it gives workers a niceness of 15, and whatever else runs here
# starves them.
ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token", "RAY_worker_niceness": "0"}


@dataclass(frozen=True)
class Slot:
    """Room for one worker: a node, and which of its places."""

    node: str
    place: int


@dataclass
class Cluster:
    """What this process has joined.

    `run` names this run to its workers. `refused` are nodes whose trials would not belong to the record, and why;
    `lost` are those that Ray still lists.
    """

    ray: Any
    here: Mapping[str, str]
    accelerated: bool
    most: int | None
    refused: dict[str, str] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    seen: list[dict[str, Any]] = field(default_factory=list)
    asked: float = -60.0
    run: str = field(default_factory=lambda: secrets.token_hex(8))

    def alive(self) -> list[dict[str, Any]]:
        """The nodes that Ray knows to be there, asked for once a second at most."""
        if time.monotonic() - self.asked > 1:
            self.seen = [node for node in self.ray.nodes() if node["Alive"]]
            self.asked = time.monotonic()
        return self.seen

    def slots(self, megabytes: float = 0) -> list[Slot]:
        """Where workers may be, each of which needs so much memory."""
        found: list[Slot] = []
        for node in self.alive():
            has, name = node["Resources"], node["NodeID"]
            room = int(min(has.get("CPU", 0), has.get("GPU", 0) if self.accelerated else has.get("CPU", 0)))
            fits = int(has.get("memory", 0) // max(megabytes * 1e6, 1))
            if name not in {*self.refused, *self.lost}:
                found += [Slot(name, place) for place in range(min(room, fits))]
        return found

    def called(self, identity: str) -> str:
        """A node as people know it."""
        node = next((n for n in self.seen if n["NodeID"] == identity), {"NodeManagerHostname": "", "NodeName": ""})
        return f"{node['NodeManagerHostname']} ({node['NodeName']}, Ray's {identity[:8]})"

    def refuse(self, identity: str, why: str) -> None:
        """Keeps workers away from a node, and says so once."""
        if identity not in self.refused:
            self.refused[identity] = f"{self.called(identity)}: {why}"
            print(f"repro: warning: no worker on node {self.refused[identity]}", file=sys.stderr, flush=True)


@contextmanager
def joined(address: str | None, most: int | None, used: str) -> Iterator[tuple[Cluster, int]]:
    """A cluster, and how many workers it has room for now; it is left at the end, and ends if it is this machine's own.

    Args:
        address: HOST:PORT of a cluster that runs; None starts one here, that only this machine and user can reach.
        most: workers in all, None for as many as there is room for; so many are waited for, half a minute.
        used: the backend.

    Raises:
        UserError: Ray is missing or does not start, nothing answers at the address, or it is none.
    """
    if most == 0:
        raise UserError("--workers 0 runs in this process, and --executor ray never does; leave one out.")
    if not backend.installed("ray"):
        raise UserError("--executor ray needs the package ray, which is not installed; type: pip install -e '.[ray]'")
    if address is not None:
        _reachable(address)
    os.environ.update(SETTINGS)
    accelerated = bool(backend.accelerator(used))
    here = nodes.facts()  # before the code is copied: an edit amid that is found out
    with tempfile.TemporaryDirectory() as code:
        nodes.pack(Path(code), data=address is not None)
        environment = {"working_dir": code, "env_vars": _variables(used, address)}
        if address is None:
            ray, logs = _started(most or machine.worker_count(used), accelerated, environment)
        else:
            ray, logs = _load(), None
            _init(ray, f"cannot join the cluster at {address}", address=address, runtime_env=environment)
    try:
        cluster = Cluster(ray, here, accelerated, most)
        before = time.monotonic()
        while (count := len(cluster.slots())) < (most or 1) and time.monotonic() - before < START:
            time.sleep(0.2)  # nodes may be about to join
        yield cluster, min(most or count, count)
    finally:
        ray.shutdown()
        if logs:
            shutil.rmtree(logs, ignore_errors=True)


def _reachable(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "/" in address:
        raise UserError(f"--address {address} is no HOST:PORT of a Ray cluster; `ray start --head` prints it.")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, OverflowError) as error:
        raise UserError(f"no Ray cluster answers at --address {address}: {error}.") from error


def _variables(used: str, address: str | None) -> dict[str, str]:
    """What a worker's environment must hold before Python starts; the rest a node knows itself."""
    wanted = dict(backend.worker_environment(registry.home() / "programs"))
    if address is not None:
        wanted.pop("JAX_COMPILATION_CACHE_DIR")
    told = {"REPRO_HOME": str(registry.home())} if address is None else {}
    return wanted | told | {"KERAS_BACKEND": used, "REPRO_DATASET": os.environ.get("REPRO_DATASET", "")}


def _load() -> Any:
    import ray
    from ray._private import worker

    # Told to be silent, Ray still prints to standard output what befell its daemons, where JSON may be asked for.
    worker.print_to_stdstream = lambda *_, **__: None
    return ray


def _started(count: int, accelerated: bool, environment: Mapping[str, Any]) -> tuple[Any, str]:
    os.environ.update(ALONE)  # read when Ray is imported
    os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    ray = _load()
    logs = tempfile.mkdtemp(prefix="ray-", dir="/tmp")  # the path of a socket has at most 107 characters
    own: dict[str, Any] = {
        "num_cpus": count,
        "num_gpus": int(accelerated),
        "object_store_memory": OBJECTS,
        "include_dashboard": False,
    }
    own |= {"_node_ip_address": "127.0.0.1", "_temp_dir": logs}
    for attempt in range(TRIES):
        before = time.monotonic()
        try:
            _init(ray, "Ray does not start here", address="local", runtime_env=environment, **own)
            break
        except UserError:
            if attempt + 1 == TRIES or time.monotonic() - before < START:
                raise
    return ray, logs


def _init(ray: Any, trouble: str, **options: Any) -> None:
    """Ray sets a handler of SIGTERM that would end this process amid a write; ours comes back."""
    try:
        with workers.deaf():
            ray.init(log_to_driver=False, logging_level="ERROR", **options)
    except Exception as error:
        with suppress(Exception):
            ray.shutdown()
        raise UserError(f"{trouble}: {' '.join(str(error).split())[:300]}") from error
