"""Which arms and seeds a run needs: at the quick tier those of its checks, at the full tier the next batches."""

import math
from collections.abc import Mapping, Sequence

from common import datasets
from common.engine import backend
from common.errors import UserError
from common.study import Tier
from common.trials import Trial
from suite import batches, evidence, judging, registry, rules, running
from suite.claims import Claim

Selected = Mapping[str, tuple[str, Claim]]
Study = tuple[str, str]
Trials = Mapping[str, Sequence[Trial]]
"""Reproduction to its trials of verdict seeds so far."""


def plan(
    selected: Selected, tier: Tier, used: str, *, done: Trials, alone: Sequence[Study] = ()
) -> list[running.Planned]:
    """The arms that the selected claims read at a tier, with the seeds that they need now, and those of the studies
    that stand `alone`, with the seeds that they name. Imports the studies.

    Raises:
        UserError: a claim asks for what is not there: a study, an arm, a metric, a word; named with its file.
    """
    for fault in unanswerable(selected).values():
        raise UserError(f"{fault}.")
    if (missing := lacking(selected)) and (tier != "quick" or len(missing) == len(selected)):
        raise UserError(f"{', '.join(missing)}: {next(iter(missing.values()))}.")
    if tier == "quick":
        return running.plan(quick({i: entry for i, entry in selected.items() if i not in missing}), tier, used)
    if tier == "pilot":
        return running.plan({(n, s): {} for n, c in selected.values() for s in _piloted(n, c)}, tier, used)
    return running.plan({**needs(selected, done), **dict.fromkeys(alone)}, tier, used)


def nothing_at(tier: Tier) -> UserError:
    """What is said where a plan is empty."""
    other = {"gpu": "--tier full", "full": "--tier gpu"}.get(tier, "--tier full")
    return UserError(f"no study of these claims has arms at the {tier} tier; try: {other}.")


def intent(planned: Sequence[running.Planned], done: Mapping[str, Trial], before: str, workers: int) -> str:
    """What a run is going to do, in one line; `before` says how the trials that are `done` came to be."""
    more = "; more batches may follow" if any(entry.tier in ("full", "gpu") for entry in planned) else ""
    total = sum(len(entry.keys) for entry in planned)
    ready = sum(key in done for entry in planned for key in entry.keys.values())
    if ready == total:
        return f"nothing to train, all {total} trials are {before}{more}."
    text = f"trains {total - ready} of {total} trials" + (f" ({ready} are {before})" if ready else "")
    return f"{text} {place_and_time(planned, done, workers)}, and what is finished is kept{more}."


def place_and_time(planned: Sequence[running.Planned], done: Mapping[str, Trial], workers: int) -> str:
    """Where the rest of a plan is trained, and how long about it takes. A group of lanes is always a whole one."""
    seconds = 0.0
    for entry in planned:
        missing = sum(key not in done for key in entry.keys.values())
        seconds += entry.arm.seconds * math.ceil(missing / entry.arm.lanes) * entry.arm.lanes / max(workers, 1)
    where = f"{workers} worker(s)" if workers else "this process"
    device = backend.accelerator(planned[0].backend) or "the CPU"
    length = f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"
    return f"with {planned[0].backend} on {device}, in {where}: about {length}"


def unanswerable(selected: Selected) -> dict[str, str]:
    """The claims that ask for what is not there, each with the first such thing and its file. Imports the studies."""
    faults = {}
    for identity, (name, claim) in selected.items():
        try:
            fault = next(rules.unanswerable(name, claim), None)
        except UserError as error:  # of a study that it reads
            faults[identity] = f"{str(error).rstrip('.')} (claim {identity} reads it)"
            continue
        if fault:
            faults[identity] = f"reproductions/{name}/claims.py, claim {identity}: {fault}"
    return faults


def lacking(selected: Selected) -> dict[str, str]:
    """The claims whose verdict needs an optional data set that is not at hand, each with how to get it. Reads no data.

    The quick tier skips them by name; no other runs without it.
    """
    needed = {i: next((d for d in judging.OPTIONAL if d in claim.datasets()), "") for i, (_, claim) in selected.items()}
    return {i: datasets.available()[name] for i, name in needed.items() if name and not datasets.at_hand(name)}


def quick(selected: Selected) -> running.Seeds:
    """The arms of the quick checks, with as many seeds as they read."""
    arms: dict[tuple[str, str], dict[str, int]] = {}
    for name, claim in selected.values():
        for check in claim.quick:
            needed = arms.setdefault((name, check.study), {})
            needed[check.arm] = max(needed.get(check.arm, 0), check.seeds)
    return arms


def needs(selected: Selected, done: Trials) -> running.Seeds:
    """How many verdict seeds each arm needs now, given the trials so far: batches end where all is decided."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    observed = {name: evidence.gather(done.get(name, ())) for name in {name for name, _ in selected.values()}}
    for name, claim in selected.values():
        for (question, arm), seeds in batches.wanted(claim, observed[name]).items():
            arms = found.setdefault((name, question), {})
            arms[arm] = max(arms.get(arm, 0), seeds)
    return found


def _piloted(name: str, claim: Claim) -> list[str]:
    """The studies that a claim reads at any tier, in its order."""
    read = dict.fromkeys([*claim.studies(), *(check.study for check in claim.quick)])
    return [question for question in read if question in registry.study_names(name)]


def alone(path: str) -> tuple[str, str]:
    """The study MODULE/STUDY that no claim reads and whose arms name their own seeds, as (module, study). Imports it.

    Raises:
        UserError: there is none of that name, a claim reads it, or it names no seeds.
    """
    name, _, question = path.replace("-", "_").partition("/")
    known = [f"{module}/{stem}" for module in registry.names() for stem in registry.study_names(module)]
    if f"{name}/{question}" not in known:
        raise registry.unknown(path, known, "study")
    readers = [claim.id for claim in registry.claims(name) if question in claim.studies()]
    if readers:
        raise UserError(f"study {name}/{question} is read by claims; name them instead: {' '.join(readers)}.")
    if not any(arm.seeds for arm in registry.arms(name, question, "full")):
        raise UserError(f"study {name}/{question} names no seeds at the full tier, and no claim asks for any.")
    return name, question
