"""On a cluster of Ray a run leaves the record that it leaves here, whatever becomes of nodes, workers and driver."""

import importlib.util
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from common import datasets
from common.errors import UserError
from suite import nodes, ray_cluster, registry

missing = importlib.util.find_spec("ray") is None and "CI" not in os.environ  # where it must not be
there = pytest.mark.skipif(missing, reason="needs the ray extra")
NODES = """
import json, os, shutil, sys, tempfile
os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0", "RAY_health_check_initial_delay_ms": "2000",
               "RAY_health_check_period_ms": "2000", "RAY_health_check_failure_threshold": "8"}
os.environ["RAY_TMPDIR"] = logs = tempfile.mkdtemp(prefix="ray-", dir="/tmp")  # of the address that a head notes, too
import ray, psutil  # the second comes with the first
from ray.cluster_utils import Cluster

def tried(make, **more):
    few = {"include_dashboard": False, "include_log_monitor": False, "no_monitor": True}
    for _ in range(6):  # Ray gives its agents a quarter of a minute to start, little where all cores are taken
        before = psutil.Process().children(recursive=True)
        try:
            return make(object_store_memory=80_000_000, **few, **more)
        except Exception as error:
            late = error
            for process in set(psutil.Process().children(recursive=True)) - set(before):
                process.kill()
    raise late

cluster, nodes = tried(lambda **head: Cluster(True, head_node_args=head), num_cpus=0), []
print(cluster.address, flush=True)
for line in sys.stdin:
    if line.startswith("kill"):
        cluster.remove_node(nodes.pop(), allow_graceful=False)
    else:
        nodes.append(tried(cluster.add_node, num_cpus=1, env_vars=json.loads(line)))
    print(len(nodes), flush=True)
cluster.shutdown()
shutil.rmtree(logs, ignore_errors=True)
"""


class Nodes:
    """A cluster of processes on this machine, made by Ray's own utility; its head trains nothing."""

    def __init__(self, folder: Path) -> None:
        for name in ("data", "home"):
            (folder / name).mkdir()
        self.variables = {"TFDS_DATA_DIR": str(folder / "data")}  # of the driver too
        others = {n: t for n, t in os.environ.items() if not n.startswith(("PYTEST_", "REPRO_", "STUB_", "PYTHON"))}
        self.process = subprocess.Popen(
            [sys.executable, "-c", NODES],
            env=others | self.variables | {"REPRO_HOME": str(folder / "home")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.address, self.count = self._said(), 0

    def _said(self) -> str:
        assert self.process.stdout
        said = self.process.stdout.readline().strip()
        assert said, "Ray's cluster did not start, or ended"
        return said

    def tell(self, order: str) -> None:
        assert self.process.stdin
        print(order, file=self.process.stdin, flush=True)
        self.count = int(self._said())

    def add(self, **variables: str) -> None:
        self.tell(json.dumps(variables))

    def kill(self) -> None:
        """The node that came last, as when its machine fails."""
        self.tell("kill")

    def have(self, count: int) -> None:
        while self.count != count:
            self.kill() if self.count > count else self.add()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    made = Nodes(tmp_path_factory.mktemp("nodes"))
    yield made
    made.process.communicate(timeout=60)


@pytest.fixture
def planted(stub: Any, cluster: Nodes) -> Callable[..., Any]:
    """A copy of the stub project whose studies know their settings, as nodes know no variables of a test's."""
    count = iter(range(99))

    def plant(**variables: str) -> Any:
        copy = type(stub)(stub.root.with_name(f"stub{next(count)}"), stub.started)
        shutil.copytree(stub.root, copy.root)
        for study in ("sleep", "echo"):
            path = f"reproductions/stub/studies/{study}.py"
            told = {"STUB_LOG": str(copy.root / "log")} | variables
            copy.edit(
                path, "import json, os, signal, time", f"import json, os, signal, time\nos.environ.update({told})"
            )
        copy.commit()
        return copy

    return plant


def full(cluster: Nodes, *more: str) -> list[str]:
    return ["run", "--tier", "full", "--executor", "ray", "--address", cluster.address, *more]


FREE = ("seconds", "reason", "key")
"""How long it took, who says how a worker ended, and the code where each copy has its own log."""


def trials(stub: Any) -> list[dict[str, Any]]:
    """What the journal holds."""
    connection = sqlite3.connect(stub.root / "home/journal.sqlite")
    rows = [json.loads(payload) for (payload,) in connection.execute("SELECT payload FROM trials")]
    connection.close()
    return sorted(({n: v for n, v in row.items() if n not in FREE} for row in rows), key=str)


def verdicts(stub: Any) -> dict[str, str]:
    found = json.loads((stub.results / "stub/verdicts.json").read_text())
    return {claim: entry["verdict"] for claim, entry in found.items()}


def until(true: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def gone(stub: Any) -> bool:
    """No process that ran a seed is there."""
    return not any(Path(f"/proc/{pid}").exists() for *_, pid in stub.log())


LOOPBACK = {b"\x7f\0\0\1", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}


def of_session(session: int) -> dict[int, int]:
    """The processes of a session, each with its niceness."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (place / "stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[3]) == session:
                found[int(place.name)] = int(fields[16])
    return found


def listening(session: int) -> set[str]:
    """Addresses, as the kernel writes them, at which processes of a session wait for others to connect."""
    sockets = {}
    for table in ("tcp", "tcp6"):
        for row in map(str.split, Path(f"/proc/net/{table}").read_text().splitlines()[1:]):
            if row[3] == "0A":
                sockets[f"socket:[{row[9]}]"] = row[1].partition(":")[0]
    found = set()
    for pid in of_session(session):
        with suppress(OSError):
            links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
            found |= {sockets[link] for link in links if link in sockets}
    return found


@there
@pytest.mark.ray
def test_one_node_and_four_leave_the_serial_record(cluster: Nodes, planted: Callable[..., Any]) -> None:
    serial = planted(STUB_SLEEP="0.05")
    assert serial.run("run", "--tier", "full", "--workers", "0").returncode == 0
    for count in (1, 4):  # two leave it in the tests below, whatever becomes of them
        cluster.have(count)
        stub = planted(STUB_SLEEP="0.05")
        done = stub.run(*full(cluster), **cluster.variables)
        assert done.returncode == 0, done.stderr
        assert f"in {count} worker(s)" in done.stderr
        assert trials(stub) == trials(serial)
        assert verdicts(stub) == verdicts(serial)
        assert len(stub.log()) == len(serial.log())
        assert 1 <= len({pid for arm, *_, pid in stub.log() if arm != "only"}) <= count


def test_workers_are_placed_where_cores_and_memory_are() -> None:
    def node(name: str, cores: int = 1) -> dict[str, Any]:
        return {"NodeID": name, "Alive": True, "Resources": {"CPU": cores, "memory": 1e9}}

    made = ray_cluster.Cluster(ray=None, here={}, accelerated=False, most=None, asked=float("inf"))
    made.seen = [node("a", 3), node("b"), node("c"), node("d")]
    made.refused["c"], made.lost = "it is unlike", {"d"}
    assert [(slot.node, slot.place) for slot in made.slots()] == [("a", 0), ("a", 1), ("a", 2), ("b", 0)]
    assert [(slot.node, slot.place) for slot in made.slots(400)] == [("a", 0), ("a", 1), ("b", 0)], "memory for two"


@there
@pytest.mark.ray
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_worker_has_one_thread_and_one_core_of_its_own(cluster: Nodes, planted: Callable[..., Any]) -> None:
    cluster.have(2)
    stub = planted(STUB_SLEEP="0.3")
    told = """
        import threadpoolctl, pathlib
        cores = {tuple(os.sched_getaffinity(int(thread))) for thread in os.listdir("/proc/self/task")}
        variables = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "NPROC", "XLA_FLAGS")}
        pools = [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
        found = json.dumps([sorted(cores), variables, pools])
        pathlib.Path(os.environ["STUB_LOG"] + f".{os.getpid()}").write_text(found)
"""
    stub.edit("reproductions/stub/studies/sleep.py", "    for seed in seeds:\n", f"    for seed in seeds:{told}")
    stub.commit()
    assert stub.run(*full(cluster), **cluster.variables).returncode == 0
    found = [json.loads(path.read_text()) for path in stub.root.glob("log.*")]
    assert len(found) == 2
    cores = sorted(os.sched_getaffinity(0))
    assert sorted(core for core, *_ in found) == sorted([[[cores[0]]], [[cores[1 % len(cores)]]]])
    for _, variables, pools in found:
        assert variables == {"OMP_NUM_THREADS": "1", "NPROC": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
        assert set(pools) == {1}


@there
@pytest.mark.ray
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_lost_node_and_a_new_one_lose_nothing_and_double_nothing(
    cluster: Nodes, planted: Callable[..., Any], tmp_path: Path
) -> None:
    cluster.have(2)
    hold = tmp_path / "hold"
    hold.touch()
    stub = planted(STUB_HOLD=str(hold))
    process = stub.start(*full(cluster), **cluster.variables)
    until(lambda: len(stub.log()) == 2)
    cluster.kill()
    cluster.add()
    until(lambda: len(stub.log()) == 3)  # on the new node, as the other worker is still held
    there_still = [pid for *_, pid in stub.log() if Path(f"/proc/{pid}").exists()]
    until(lambda: sum(Path(f"/proc/{pid}").exists() for pid in there_still) == 2)  # the lost one has been reaped
    cores = [os.sched_getaffinity(pid) for pid in there_still if Path(f"/proc/{pid}").exists()]
    hold.unlink()
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "raylet" not in out + err
    here = sorted(os.sched_getaffinity(0))
    assert sorted(map(list, cores)) == sorted([[here[0]], [here[1 % len(here)]]]), "a core each"
    whole = planted()
    assert whole.run("run", "--tier", "full", "--workers", "0").returncode == 0
    assert trials(stub) == trials(whole)
    begun = Counter((arm, seed) for arm, seed, *_ in stub.log())
    assert sorted(begun.values()) == [1] * 35 + [2], "but the seed that was lost none was trained twice"


@there
@pytest.mark.ray
def test_the_workers_of_a_killed_driver_end_and_the_next_goes_on(cluster: Nodes, planted: Callable[..., Any]) -> None:
    cluster.have(2)
    stub = planted(STUB_SLEEP="0.3")
    process = stub.start(*full(cluster), **cluster.variables)
    until(lambda: len(stub.finished()) >= 5)
    process.kill()
    process.communicate()
    until(lambda: gone(stub), 60)
    kept, begun = stub.finished(), len(stub.log())
    done = stub.run(*full(cluster), **cluster.variables)
    assert done.returncode == 0, done.stderr
    assert not {f"{arm} {seed}" for arm, seed, *_ in stub.log()[begun:]} & kept
    assert len(stub.finished()) == len(trials(stub)) == 36


@there
@pytest.mark.ray
def test_ctrl_c_and_sigterm_end_the_workers_and_the_same_line_goes_on(
    cluster: Nodes, planted: Callable[..., Any]
) -> None:
    cluster.have(2)
    stub = planted(STUB_SLEEP="0.3")
    # a shell's background jobs ignore the first, and so would all that they start
    first = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        before = len(stub.finished())
        process = stub.start(*full(cluster), first=first, **cluster.variables)
        until(lambda least=before + 3: len(stub.finished()) >= least)
        os.killpg(process.pid, number)
        _, err = process.communicate(timeout=120)
        assert process.returncode == code, err
        assert err.splitlines()[-1].endswith(f"type: repro {' '.join(full(cluster))}")
        assert "Traceback" not in err
        until(lambda: gone(stub), 60)
    done = stub.run(*full(cluster), **cluster.variables)
    assert done.returncode == 0, done.stderr
    assert len(stub.finished()) == 36


@there
@pytest.mark.ray
def test_what_raises_and_what_kills_its_worker_fails_as_in_the_pool(
    cluster: Nodes, planted: Callable[..., Any]
) -> None:
    cluster.have(2)
    faults = {"STUB_RAISE": "treatment 1001", "STUB_KILL": "control 1002"}
    pool, stub = planted(**faults), planted(**faults)
    words = [["run", "--tier", "full", "--workers", "2"], full(cluster)]
    done = [copy.run(*said, **cluster.variables) for copy, said in zip((pool, stub), words, strict=True)]
    assert [one.returncode for one in done] == [2, 2]
    assert "ArithmeticError: the net fell apart" in done[1].stderr
    assert trials(stub) == trials(pool)
    assert [row["seed"] for row in trials(stub) if row["status"] == "killed"] == [1002]
    in_pool, in_ray = (Counter((arm, seed) for arm, seed, *_ in copy.log()) for copy in (pool, stub))
    assert in_ray["control", 1002] == in_pool["control", 1002] == 4, "twice with its task, and twice alone"
    assert in_pool <= in_ray
    # Ray sends a report while the next seed is begun already, so that a worker may take its last reports with it.
    assert set((in_ray - in_pool).elements()) <= {("control", 1000), ("control", 1001)}, (
        "the others ended or never began"
    )
    assert max((in_ray - in_pool).values(), default=0) <= 1


@there
@pytest.mark.ray
def test_a_node_with_other_versions_or_data_is_refused_by_name(
    cluster: Nodes, planted: Callable[..., Any], tmp_path: Path
) -> None:
    other = tmp_path / "numpy-0.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 0.0\n")
    cluster.have(0)
    cluster.add(PYTHONPATH=str(tmp_path))
    cluster.add(TFDS_DATA_DIR=str(tmp_path / "none"))
    stub = planted()
    done = stub.run(*full(cluster), **cluster.variables)
    assert done.returncode == 2
    said = done.stderr.splitlines()[-1]
    assert said.startswith("repro: no node of the cluster has room for a worker: refused is ")
    assert "numpy is 0.0 there" in said
    assert f"TFDS_DATA_DIR is {tmp_path / 'none'}, which is not a folder" in said
    assert stub.log() == []
    cluster.add()
    hold = tmp_path / "hold"
    hold.touch()
    stub = planted(STUB_HOLD=str(hold))  # else the run may be over before the others are looked at
    process = stub.start(*full(cluster), **cluster.variables)
    assert process.stderr
    told = ""
    while told.count("repro: warning: no worker on node ") < 2:
        line = process.stderr.readline()
        assert line, told
        told += line
    hold.unlink()
    told += process.communicate(timeout=300)[1]
    assert process.returncode == 0, told
    assert told.count("repro: warning: no worker on node ") == 2, "once for each, however many studies"
    assert len(stub.finished()) == len(stub.log()) == 36
    cluster.have(0)


@there
@pytest.mark.ray
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_alone_it_listens_to_this_machine_only_and_trains_the_numbers_of_a_serial_run(
    serial_run: Any, tmp_path: Path
) -> None:
    """Which are those of the pool, as `test_bit_equality.py` says."""
    shutil.copytree(serial_run.home / "programs", tmp_path / "home/programs")
    process = subprocess.Popen(
        [sys.executable, "-m", "reproductions", "run", "correlation-ladder", "--executor", "ray", "--workers", "2"],
        cwd=registry.ROOT,
        env={
            **os.environ,
            "JAX_PERSISTENT_CACHE_ENABLE_XLA_CACHES": "none",  # as the serial run, whose programs these are
            "REPRO_HOME": str(tmp_path / "home"),
            "REPRO_RESULTS": str(tmp_path / "record"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    ports: set[str] = set()
    niceness: set[int] = set()
    while process.poll() is None:
        ports |= listening(process.pid)
        niceness |= set(of_session(process.pid).values())
        time.sleep(0.2)
    _, err = process.communicate()
    assert process.returncode in (0, 1), err
    found = type(serial_run)(tmp_path / "home").trials()
    serial = [row for row in serial_run.trials() if row["study"] == "ladder"]
    assert {row["key"]: {**row, "seconds": 0} for row in found} == {row["key"]: {**row, "seconds": 0} for row in serial}
    assert niceness == {os.getpriority(os.PRIO_PROCESS, 0)}, "the workers yield to whatever else runs"
    assert ports
    assert {bytes.fromhex(port)[::-1][:4] if len(port) == 8 else port for port in ports} <= LOOPBACK
    assert [line for line in err.splitlines() if not line.startswith("repro: ") and " trials " not in line] == []
    until(lambda: not of_session(process.pid), 30)


def test_what_is_asked_of_ray_and_cannot_be_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, stub: Any) -> None:
    def refused(address: str | None, most: int | None = None) -> str:
        with pytest.raises(UserError) as said, ray_cluster.joined(address, most, "jax"):
            pass
        return str(said.value)

    monkeypatch.setattr(ray_cluster.backend, "installed", lambda name: True)
    for address in ("auto", "ray://10.0.0.1:10001", "host", ":6379", "host:port"):
        assert (
            refused(address) == f"--address {address} is no HOST:PORT of a Ray cluster; `ray start --head` prints it."
        )
    assert refused("127.0.0.1:1").startswith("no Ray cluster answers at --address 127.0.0.1:1: ")
    assert "never does" in refused(None, 0)
    monkeypatch.setattr(ray_cluster.backend, "installed", lambda name: name != "ray")
    assert refused(None).endswith("not installed; type: pip install -e '.[ray]'")
    done = stub.run("run", "--address", "127.0.0.1:6379")
    assert (done.returncode, done.stderr) == (
        2,
        "repro: --address 127.0.0.1:6379 is that of a Ray cluster; add --executor ray.\n",
    )


def test_a_node_takes_the_data_that_the_driver_sent_and_tells_what_it_is_like(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("cache", "films", "empty", "sent"):
        (tmp_path / name).mkdir()
    for name in ("mnist-3.0.1.npz", "tiny_shakespeare-1.0.0.npz"):
        (tmp_path / "cache" / name).write_text(name)
    for name in datasets.POLARITY_FILES:
        (tmp_path / "films" / name).write_text(name)
    monkeypatch.setenv("REPRO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MR_DATA_DIR", str(tmp_path / "films"))
    verified: list[str] = []
    monkeypatch.setattr(datasets, "load_arrays", verified.append)
    nodes.pack(tmp_path / "sent", data=True)
    assert verified == ["mnist", "tiny_shakespeare"]
    here = nodes.facts()
    variables = {"TFDS_DATA_DIR": str(tmp_path / "empty"), "REPRO_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    program = "import json; from suite import nodes; nodes.settle(); print(json.dumps(nodes.facts()))"

    def there() -> dict[str, str]:
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path / "sent", env=variables, capture_output=True
        )
        return dict(json.loads(done.stdout))

    assert nodes.differing(there(), here) == ""
    (tmp_path / "sent/data/mnist-3.0.1.npz").unlink()
    assert nodes.differing(there(), here) == "mnist is missing there, at hand here, images is digits there, mnist here"
    (tmp_path / "sent/suite/pages.py").write_text("")
    assert nodes.differing(there(), here).startswith("code is ")
