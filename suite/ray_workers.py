"""Where tasks run, on a cluster of Ray: the tasks, entry and events of the pool in `workers`, and its rules.

A worker is an actor: it keeps to one core, holds its compiled programs, and streams what its task reports. The driver
says which node a worker is on, so that it knows of each what its node is like.
"""

import pkgutil
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from common.errors import UserError
from suite import nodes, pinning
from suite.ray_cluster import Cluster, Slot
from suite.workers import Events, Failed, Progressed, Queue, StartError, Task, attempt

PATIENCE = 300.0  # seconds without any worker, after which a run gives up
DIED, LOST = 1.0, 0.5
"""How much it counts against a task that its worker died, or its node was lost, which is seldom the task's fault: it is
run again until that comes to two."""


class Seat:
    """The worker's side: a process of Ray, which runs one task at a time."""

    def __init__(self, run: str | None) -> None:
        self.core = None if run is None else pinning.keep_to_a_core(run)
        nodes.settle()
        self.tasks: SimpleQueue[bytes] = SimpleQueue()
        self.messages: SimpleQueue[Any] = SimpleQueue()

    def begin(self, entry: str) -> dict[str, str] | str:
        """What this node is like, or what is wrong with it.

        From now on tasks run, all in one thread, as much that libraries keep is kept by thread.
        """
        function = pkgutil.resolve_name(entry)

        def run() -> None:
            while True:
                self.messages.put(attempt(function, self.tasks.get(), self.messages.put))
                self.messages.put(None)

        threading.Thread(target=run, daemon=True).start()
        try:
            return nodes.facts()
        except UserError as fault:
            return str(fault)

    def work(self, payload: bytes) -> Iterator[Any]:
        """What a task reports, as it does, and how it ended."""
        self.tasks.put(payload)
        while (message := self.messages.get()) is not None:  # Ray sends in what `yield from` could not pass on
            yield message


class _Worker:  # the driver's side of an actor, and the task that it holds
    def __init__(self, cluster: Cluster, seat: Any, slot: Slot, entry: str, megabytes: float) -> None:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self.cluster, self.node, self.since = cluster, slot.node, time.monotonic()
        self.task: Task | None = None
        self.ready, self.group = False, ""
        options = {"num_cpus": 1, "num_gpus": int(cluster.accelerated), "memory": int(megabytes * 1e6)}
        there = NodeAffinitySchedulingStrategy(slot.node, soft=False)
        placed = seat.options(scheduling_strategy=there, max_restarts=0, **options)
        self.actor = placed.remote(None if cluster.accelerated else cluster.run)
        self.stream = self.actor.begin.remote(entry)  # a reference, or a generator of them; None of an idle worker

    def begin(self, task: Task) -> None:
        self.task, self.group, self.since = task, task.group, time.monotonic()
        self.stream = self.actor.work.options(num_returns="streaming").remote(task.packed())

    def events(self) -> Events:
        """The next thing that it has to say. Raises what Ray raises where it has died."""
        if self.task is None:
            there, self.stream = self.cluster.ray.get(self.stream), None
            if why := there if isinstance(there, str) else nodes.differing(there, self.cluster.here):
                self.cluster.refuse(self.node, why)
            self.ready = not why
            return
        event = self.cluster.ray.get(next(self.stream))(self.task)
        if not isinstance(event, Progressed):
            self.task = self.stream = None
        yield event

    def kill(self) -> None:
        with suppress(Exception):  # it is dead, or so is the cluster
            self.cluster.ray.kill(self.actor)


def run_ray(
    tasks: Iterable[Task], entry: str, *, cluster: Cluster, megabytes: float = 0, deadline: float | None = None
) -> Events:
    """Run the tasks on the nodes of a cluster, those that come while it runs too; events come in any order.

    A worker, which takes `megabytes` of its node's memory, goes on with the group of its last task. A task is run
    again, once, if its worker dies, and a few times if its node is lost. Wrap it in `contextlib.closing`: closing ends
    the workers. Raises StartError, and UserError where no node can take part.
    """
    queue, seat = Queue(tasks), cluster.ray.remote(Seat)
    workers: dict[Slot, _Worker] = {}
    against: dict[str, float] = defaultdict(float)  # a task, or a node whose workers end before they have one
    heard = time.monotonic()
    try:
        while queue or any(worker.task for worker in workers.values()):
            if deadline is not None and time.monotonic() >= deadline:
                queue.clear()
            free = [worker for worker in workers.values() if not worker.task]
            for slot in cluster.slots(megabytes):
                room = cluster.most is None or len(workers) < cluster.most
                if room and slot not in workers and len(queue) > len(free):
                    workers[slot] = _Worker(cluster, seat, slot, entry, megabytes)
                    free.append(workers[slot])
            for worker in free:
                if worker.ready and queue:
                    elsewhere = {other.task.group for other in workers.values() if other.task}
                    worker.begin(queue.take(worker.group, elsewhere))
            if any(worker.ready for worker in workers.values()):
                heard = time.monotonic()
            elif not workers or time.monotonic() - heard > PATIENCE:
                _give_up(cluster, megabytes, heard)
            for slot in _heard(cluster, workers):
                worker = workers[slot]
                try:
                    yield from worker.events()
                except cluster.ray.exceptions.RayTaskError as error:
                    if worker.task:
                        raise
                    raise StartError(f"a worker cannot load {entry}: {error.cause}") from error
                except cluster.ray.exceptions.RayError as error:
                    del workers[slot]
                    worker.kill()
                    task, lost = worker.task, _is_node_lost(error, worker)
                    against[task.id if task else worker.node] += LOST if task and lost else 0 if lost else DIED
                    if task and against[task.id] < 2:
                        queue.put_back(task)
                    elif task:
                        reason = "its nodes were lost" if lost else "its worker died"
                        yield Failed(task, "killed", reason, time.monotonic() - worker.since)
                    elif against[worker.node] > 1:
                        said = " ".join(str(error).split())[:200]
                        cluster.refuse(worker.node, f"two workers ended there before they took a task: {said}")
                if slot in workers and not worker.ready:  # refused
                    workers.pop(slot).kill()
    finally:
        for worker in workers.values():
            worker.kill()


def _heard(cluster: Cluster, workers: dict[Slot, _Worker]) -> list[Slot]:
    """The workers that have something to say, after at most 0.2 s."""
    slots = {worker.stream: slot for slot, worker in workers.items() if worker.stream is not None}
    if not slots:
        time.sleep(0.2)
        return []
    if cluster.ray.wait(list(slots), num_returns=1, timeout=0.2)[0]:
        return [slots[stream] for stream in cluster.ray.wait(list(slots), num_returns=len(slots), timeout=0)[0]]
    return []


def _is_node_lost(error: Exception, worker: _Worker) -> bool:
    """Ray may learn of it late: until then an actor of a lost node is unavailable, which one that has died is not."""
    kinds, cluster = worker.cluster.ray.exceptions, worker.cluster
    if isinstance(error, kinds.ActorUnschedulableError) or "node has died" in str(error):
        cluster.lost.add(worker.node)  # one that comes back has another name
    gone = worker.node in cluster.lost or worker.node not in {node["NodeID"] for node in cluster.alive()}
    return gone or isinstance(error, kinds.ActorUnavailableError)


def _give_up(cluster: Cluster, megabytes: float, heard: float) -> None:
    """Raises UserError once there is nothing to wait for."""
    small = bool(cluster.slots()) and not cluster.slots(megabytes)
    unlike = bool(cluster.refused) and not cluster.slots()
    if not small and not unlike and time.monotonic() - heard <= PATIENCE:
        return  # a lost node may come back, and another program leave a core
    why = [f"a worker takes {megabytes:.0f} MB"] * small + [f"refused is {node}" for node in cluster.refused.values()]
    raise UserError(f"no node of the cluster has room for a worker: {'; '.join(why) or 'all cores are taken'}.")
