"""From a plan to finished trials: which seeds are missing, where they run, and the journal they end in."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from common import datasets
from common.engine import backend
from common.errors import UserError
from common.study import Arm, Tier
from common.trials import Trial
from suite import evidence, registry, sources
from suite.claims import FIRST_SEED
from suite.journal import Journal
from suite.progress import Progress
from suite.records import trial_key
from suite.workers import Events, Failed, Finished, Progressed, Task, run_processes, run_serial

FETCH = "type `repro data fetch`"  # ends what is said of a data set that is not at hand
ENTRY = "suite.executing:execute"
Start = Callable[..., Events]
"""What runs tasks elsewhere than on this machine: called as `start(tasks, entry, megabytes=, deadline=)`."""
TASK_SECONDS = 40.0  # expected length of a task: long enough to pay for its start, short enough to balance workers


@dataclass(frozen=True)
class Planned:
    """One arm of one study, with the key of each declared seed."""

    name: str
    question: str
    tier: Tier
    arm: Arm
    backend: str
    data: tuple[str, str]
    keys: Mapping[int, str]


@dataclass(frozen=True)
class Outcome:
    """What a run leaves: the trials by study, what went wrong where tasks left none, and what a user should know.

    `trained` are the keys of the trials of this run, the others were finished before; `traces` are where errors came
    from, and `megabytes` is by study the most memory that a worker had.
    """

    trials: Mapping[tuple[str, str], Sequence[Trial]]
    faults: Sequence[str]
    notes: Sequence[str]
    complete: bool
    trained: Set[str]
    traces: Sequence[str] = ()
    megabytes: Mapping[tuple[str, str], float] = field(default_factory=dict)


Seeds = Mapping[tuple[str, str], Mapping[str, int] | None]
"""(reproduction, study) to each arm that is needed and its number of seeds, from 1000 on at the full and gpu tiers;
none for a study whose arms name their seeds themselves."""


def plan(studies: Seeds, tier: Tier, used: str) -> list[Planned]:
    """The arms that are needed of each study at a tier, on backend `used`: all of them at the pilot tier.

    Imports the studies.
    """
    planned = []
    for (name, question), needed in studies.items():
        if escapes := sources.escapes(name, question):
            raise UserError(f"study {name}/{question} does what its hash would not see: {escapes[0]}.")
        study = registry.study(name, question)
        images = study.DATASET == "images"
        data = datasets.image_data_name_and_hash() if images else ("synthetic", "")
        if study.DATASET == "text":
            data = "tiny_shakespeare", datasets.TEXT_SHA256
            if FETCH in (where := datasets.available()[data[0]]):
                raise UserError(where)
        if study.DATASET == "sentences":
            data = datasets.POLARITY, datasets.POLARITY_SHA256
            if not datasets.at_hand(data[0]):
                continue  # optional: `planning.lacking` names the claims that need it
        if images and tier in ("full", "gpu") and data[0] != "mnist":
            raise UserError(
                f"the {tier} tier of {name}/{question} needs MNIST, and only {data[0]} is at hand; "
                f"type: repro data fetch (or set TFDS_DATA_DIR to a prepared copy)."
            )
        for arm in registry.arms(name, question, tier):
            if tier != "pilot" and needed is not None:
                if arm.name not in needed:
                    continue
                verdict = range(FIRST_SEED, FIRST_SEED + needed[arm.name])
                arm = replace(arm, seeds=arm.seeds[: len(verdict)] if tier == "quick" else tuple(verdict))
            arm = arm if used == "jax" else replace(arm, lanes=1)
            planned.append(declared(name, question, tier, arm, used, data))
    return planned


def declared(name: str, question: str, tier: Tier, arm: Arm, used: str, data: tuple[str, str]) -> Planned:
    """An arm with the key of each of its seeds."""
    identity: dict[str, Any] = {
        "study": f"{name}/{question}",
        "arm": arm.name,
        "settings": arm.settings,
        "lanes": arm.lanes,
        "backend": used,
        "data_sha256": data[1],
        "code_sha256": registry.study_sha256(name, question),
    }
    return Planned(name, question, tier, arm, used, data, {s: trial_key(seed=s, **identity) for s in arm.seeds})


def _halved(entry: Planned) -> Planned:
    """The same arm with half the lanes, which is another set of trials."""
    arm = replace(entry.arm, lanes=entry.arm.lanes // 2)
    return declared(entry.name, entry.question, entry.tier, arm, entry.backend, entry.data)


def task_size(arm: Arm) -> int:
    """How many seeds of an arm make a task."""
    return max(1, int(TASK_SECONDS / max(arm.seconds, 1e-3)) // arm.lanes) * arm.lanes


def tasks(planned: Iterable[Planned], done: Mapping[str, Trial]) -> list[Task]:
    """What is still to run, longest first, cut so that two workers stay busy. Whole lane groups stay together."""
    cut: list[tuple[float, Task]] = []
    for entry in planned:
        arm = entry.arm
        missing = [seed for seed in arm.seeds if entry.keys[seed] not in done]
        work = {
            "name": entry.name,
            "question": entry.question,
            "settings": dict(arm.settings),
            "lanes": arm.lanes,
            "code_sha256": registry.study_sha256(entry.name, entry.question),
        }
        size = task_size(arm)
        for start in range(0, len(missing), size):
            seeds = missing[start : start + size]
            study = f"{entry.name}/{entry.question}"
            task = Task(f"{study}/{arm.name}/{seeds[0]}", (entry, {**work, "seeds": seeds}), group=study)
            cut.append((arm.seconds * len(seeds), task))
    return [task for _, task in sorted(cut, key=lambda pair: -pair[0])]


def completed(entry: Planned, seed: int, fields: Mapping[str, Any]) -> Trial:
    """A trial as it is kept, from what a worker reports of a seed."""
    identity: dict[str, Any] = {"study": entry.question, "arm": entry.arm.name, "seed": seed, "tier": entry.tier}
    identity |= {"key": entry.keys[seed], "lanes": entry.arm.lanes, "backend": entry.backend}
    return Trial(**identity, dataset=entry.data[0], data_sha256=entry.data[1], **fields)


def run(
    planned: Sequence[Planned],
    journal: Journal,
    *,
    workers: int,
    fresh: bool = False,
    deadline: float | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
    start: Start | None = None,
) -> Outcome:
    """Runs what is missing from the journal and the committed record, and keeps each trial as it ends.

    An arm of several lanes that runs out of memory, or whose workers are killed, is run again as a whole with half
    as many; its trials say with how many they were made.

    Args:
        workers: processes, one to a core; 0 runs in this process.
        fresh: only what the journal holds counts as finished, whatever is on record.
        deadline: a value of `time.monotonic()` after which no task is started.
        watch: called after every change.
        start: runs the tasks in place of the `workers`.
    """
    entries = list(planned)
    done = finished_before(entries, journal, fresh=fresh)
    todo = tasks(entries, done)
    trained: set[str] = set()
    total = sum(len(entry.keys) for entry in entries)
    progress = Progress(done=_count(entries, done), total=total, workers=workers)
    progress.seconds_total = sum(task.payload[0].arm.seconds * len(task.payload[1]["seeds"]) for task in todo)
    watch(progress)
    faults: list[str] = []
    traces: list[str] = []
    notes: list[str] = []
    megabytes: dict[tuple[str, str], float] = {}
    while todo:
        exhausted: set[tuple[str, str, str]] = set()
        with closing(_events(todo, workers, deadline, start)) as events:
            for event in events:
                entry, work = event.task.payload
                finished: list[Trial] = []
                if isinstance(event, Finished):
                    study = entry.name, entry.question
                    megabytes[study] = max(event.value or 0.0, megabytes.get(study, 0.0))
                elif isinstance(event, Progressed):
                    fields = dict(event.value)
                    finished = [completed(entry, fields.pop("seed"), fields)]
                elif isinstance(event, Failed) and event.kind == "error":
                    faults.append(f"{event.task.id}: {event.reason}")
                    traces.append(f"{event.task.id}\n{event.trace}")
                elif isinstance(event, Failed) and entry.arm.lanes > 1:
                    exhausted.add((entry.name, entry.question, entry.arm.name))
                elif isinstance(event, Failed):
                    lost = [seed for seed in work["seeds"] if entry.keys[seed] not in done]
                    fields = {"status": event.kind, "reason": event.reason, "metrics": {}}
                    finished = [completed(entry, seed, fields) for seed in lost]
                for trial in finished:
                    journal.add(trial)
                    if trial.key not in done:  # a task that lost its worker reports some seeds twice
                        progress.ended(entry.arm.seconds)
                    trained.add(trial.key)
                    done[trial.key] = trial
                    progress.latest = f"{entry.name}/{entry.question}/{trial.arm} seed {trial.seed}: {trial.status}"
                    watch(progress)
        smaller = []
        for position, entry in enumerate(entries):
            if (entry.name, entry.question, entry.arm.name) in exhausted:
                entries[position] = _halved(entry)
                smaller.append(entries[position])
                arm, lanes = f"{entry.name}/{entry.question}/{entry.arm.name}", entries[position].arm.lanes
                notes.append(f"{arm} ran out of memory with {entry.arm.lanes} lanes and is run again with {lanes}")
        if smaller:
            done |= finished_before(smaller, journal, fresh=fresh)
        todo = tasks(smaller, done)
        progress.done = _count(entries, done)
    journal.flush()
    trials: dict[tuple[str, str], list[Trial]] = {(entry.name, entry.question): [] for entry in entries}
    for entry in entries:
        found = [done[key] for key in entry.keys.values() if key in done]
        # A tier is no part of a key: a trial of another tier with the same settings serves this one too.
        trials[entry.name, entry.question] += [
            trial if trial.tier == entry.tier else trial.model_copy(update={"tier": entry.tier}) for trial in found
        ]
    return Outcome(trials, faults, notes, progress.done == progress.total, trained, traces, megabytes)


def _count(entries: Sequence[Planned], done: Mapping[str, Trial]) -> int:
    return sum(key in done for entry in entries for key in entry.keys.values())


def _events(todo: Sequence[Task], workers: int, deadline: float | None, start: Start | None) -> Events:
    """Runs the tasks; seeds lost with the worker of a longer task run once more, each alone, to find the culprit."""
    reported: dict[str, set[int]] = {}  # of tasks that have not ended
    alone: list[Task] = []
    with closing(_started(todo, workers, deadline, start)) as events:
        for event in events:
            entry, work = event.task.payload
            if isinstance(event, Progressed):
                reported.setdefault(event.task.id, set()).add(event.value["seed"])
                yield event
                continue
            known = reported.pop(event.task.id, set())
            alone_too = work["lanes"] == 1 and len(work["seeds"]) > 1
            if isinstance(event, Failed) and event.kind != "error" and alone_too:
                lost = [seed for seed in work["seeds"] if seed not in known]
                alone += [Task(f"{event.task.id}/{seed}", (entry, {**work, "seeds": [seed]})) for seed in lost]
            else:
                yield event
    if alone:
        yield from _events(alone, workers, deadline, start)


def _started(todo: Sequence[Task], workers: int, deadline: float | None, start: Start | None) -> Events:
    """Blocks of timings have one worker, on this machine: two would wait for each other, and others be another's."""
    timed = bool(todo) and all(registry.timed(task.payload[0].name, task.payload[0].question) for task in todo)
    if start and todo and not timed:
        megabytes = max(task.payload[0].arm.megabytes for task in todo)
        return start(todo, ENTRY, megabytes=megabytes, deadline=deadline)
    environment = backend.worker_environment(registry.home() / "programs")
    if workers and todo:
        pin = not backend.accelerator(environment["KERAS_BACKEND"])
        count = 1 if timed else workers
        return run_processes(todo, ENTRY, count=count, environment=environment, pin=pin, deadline=deadline)
    return run_serial(todo, ENTRY, deadline=deadline)


def finished_before(planned: Sequence[Planned], journal: Journal, *, fresh: bool) -> dict[str, Trial]:
    """The trials of a plan that need not be trained."""
    keys = [key for entry in planned for key in entry.keys.values()]
    return journal.find(keys) if fresh else on_record(planned, journal.find)


def on_record(planned: Sequence[Planned], find: Callable[[Iterable[str]], dict[str, Trial]]) -> dict[str, Trial]:
    """Finished trials with the very keys of the plan, from the journal that `find` reads and from the committed record.

    A committed row of a finished study holds no curves, so it only fills what the journal lacks.
    """
    return committed(planned) | find(key for entry in planned for key in entry.keys.values())


def committed(planned: Sequence[Planned]) -> dict[str, Trial]:
    """Finished trials of a plan in the committed record."""
    wanted = {key for entry in planned for key in entry.keys.values()}
    found: dict[str, Trial] = {}
    for name in {entry.name for entry in planned if entry.tier in ("full", "gpu")}:
        rows = evidence.read_trials(registry.results() / name / "trials.csv")
        rows += evidence.read_unfinished(registry.results() / name / "unfinished.jsonl")
        found |= {trial.key: trial for trial in rows if trial.key in wanted}
    return found
