"""Workers that train nothing: seeds end in simulated time, workers die at random, and the driver is the real one."""

import heapq
import random
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from common.study import Arm
from suite import running
from suite.workers import Events, Failed, Finished, Progressed, Queue, Task

STUDY = "parity", "frontier"  # whose hash the keys hold; it is never trained
FIRST = 20_000  # seeds that are neither of verdicts nor of pilots
CURVE = [(50 * point, 0.5**point) for point in range(21)]


@dataclass
class Cluster:
    """What stands in for `running._started`: the same tasks, ends and failures, from workers that cost no time.

    Attributes:
        workers: tasks that go on side by side.
        deaths: share of seeds amid which their worker dies; its task is run once more, as by the pool.
        seconds: length of a seed, on average; simulated like the rest of the time.
        clock: simulated seconds since the first task began.
        ended: seeds reported, those that a rerun task reports again included.
        died: workers that did.
    """

    workers: int = 1000
    deaths: float = 1e-3
    seconds: float = 10.0
    generator: random.Random = field(default_factory=lambda: random.Random(0))
    clock: float = 0.0
    ended: int = 0
    died: int = 0

    def events(self, todo: Iterable[Task], *_: object, **__: object) -> Events:
        """Runs the tasks: a report a seed, and an end or a failure a task, in the order of the simulated time."""
        queue = Queue(todo)
        groups: Counter[str] = Counter()
        suspects: set[str] = set()
        last = [""] * self.workers
        idle = deque(range(self.workers))
        going: list[tuple[float, int, Task, int]] = []  # when its next seed ends, worker, task, place of that seed
        while queue or going:
            while queue and idle:
                worker = idle.popleft()
                task = queue.take(last[worker], +groups)
                last[worker] = task.group
                groups[task.group] += 1
                heapq.heappush(going, (self.clock + self._length(), worker, task, 0))
            self.clock, worker, task, place = heapq.heappop(going)
            seeds = task.payload[1]["seeds"]
            dead = self.generator.random() < self.deaths
            if dead or place == len(seeds) - 1:
                groups[task.group] -= 1
                idle.append(worker)
            if dead:
                self.died += 1
                if task.id in suspects:
                    yield Failed(task, "killed", "killed by SIGKILL", 0.0)
                else:
                    suspects.add(task.id)
                    queue.put_back(task)
                continue
            self.ended += 1
            yield Progressed(task, received(seeds[place], self.generator.random()))
            if place == len(seeds) - 1:
                yield Finished(task, None, 0.0)
            else:
                heapq.heappush(going, (self.clock + self._length(), worker, task, place + 1))

    def _length(self) -> float:
        return self.generator.expovariate(1 / self.seconds)


def received(seed: int, score: float) -> Any:
    """What a worker reports of a seed: a kilobyte, as of most studies."""
    metrics = {"accuracy": score, "train_loss": 1 - score, "steps_to_target": 1000.0}
    known = {"seed": seed, "status": "ok", "steps": 1000, "stopped": False, "seconds": 10.0, "metrics": metrics}
    return known | {"curves": {"loss": list(CURVE)}}


def planned(trials: int, arms: int = 20) -> list[running.Planned]:
    """A plan of so many trials, the arms of one study."""
    share = -(-trials // arms)
    starts: Sequence[int] = range(0, trials, share)
    return [
        running.declared(
            *STUDY,
            "pilot",
            Arm(f"arm {n}", {"n": n}, tuple(range(FIRST, FIRST + min(share, trials - start))), seconds=10.0),
            "jax",
            ("synthetic", ""),
        )
        for n, start in enumerate(starts)
    ]
