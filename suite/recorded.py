"""Which trials on record are meant: those that claims read, of an arm or a seed. No Keras."""

import random
from collections.abc import Iterator, Mapping, Sequence

from common.errors import UserError, nearest
from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import evidence, registry
from suite.claims import Claim

MOST = 12  # arms that are told where one is not among them

Selected = Mapping[str, tuple[str, Claim]]
Recorded = tuple[str, Trial]
"""The reproduction and its trial on record."""


def on_record(name: str, *, pilots: bool = False) -> list[Trial]:
    """The trials of a reproduction: of verdict seeds, or those of its pilots."""
    return evidence.read_trials(registry.results() / name / ("pilots.csv" if pilots else "trials.csv"))


def read_by(selected: Selected, *, pilots: bool = False) -> Iterator[Recorded]:
    """The trials that claims are judged by; or all pilots of the studies that they read at any tier, whose arms are
    also those that a claim chose among."""
    arms = {(n, check.study, arm) for n, claim in selected.values() for check in claim.each() for arm in check.arms()}
    studies = {(n, study) for n, study, _ in arms}
    studies |= {(n, quick.study) for n, claim in selected.values() for quick in claim.quick}
    for name in dict.fromkeys(name for name, _ in selected.values()):
        for trial in on_record(name, pilots=pilots):
            if (name, trial.study) in studies if pilots else (name, trial.study, trial.arm) in arms:
                yield name, trial


def choose(selected: Selected, arm: str | None, seed: int | None, sample: int | None) -> list[Recorded]:
    """Trials on record that the claims read, of an arm or seed where one is named; `sample` of them, drawn at random.

    Without `sample` all of a seed that is named, and else one.

    Raises:
        UserError: there is none, or what is named is not there.
    """
    if sample is not None and sample < 1:
        raise UserError(f"--sample {sample} is no number of trials; give 1 or more.")
    pilots = seed is not None and seed >= PILOT_SEEDS
    record = [(name, t) for name, t in read_by(selected, pilots=pilots) if t.status in ("ok", "diverged")]
    arms = {(t.study, t.arm) for _, t in record}
    if not pilots:
        arms |= {(check.study, a) for _, claim in selected.values() for check in claim.each() for a in check.arms()}
    claims = next(iter(selected)) if len(selected) == 1 else "these claims"
    if arm is not None and not any(_means(arm, *pair) for pair in arms):
        raise _no_arm(claims, arm, sorted(arms))
    meant = [(n, t) for n, t in record if (arm is None or _means(arm, t.study, t.arm)) and seed in (None, t.seed)]
    if not meant:
        raise _none(claims, arm, seed, [trial for _, trial in record])
    count = sample or (len(meant) if seed is not None else 1)
    return random.SystemRandom().sample(meant, min(count, len(meant)))


def _means(word: str, study: str, arm: str) -> bool:
    return word in (arm, f"{study}/{arm}")


def _no_arm(claims: str, wanted: str, arms: Sequence[tuple[str, str]]) -> UserError:
    names = list(dict.fromkeys(arm for _, arm in arms))
    listed = f"it is one of {_listed(names)}" if names else "none is there."
    hint = nearest(wanted, [*names, *map("/".join, arms)], otherwise=listed)
    of = "" if claims == "these claims" else f" of {claims}"
    return UserError(f"no arm{of} is called {wanted!r}; {hint}")


def _none(claims: str, arm: str | None, seed: int | None, record: Sequence[Trial]) -> UserError:
    """What can be chosen in place of what is not on record; how to train some only where there is nothing to choose:
    a run trains neither what is decided already nor a seed of one's own choice."""
    where, arms = registry.results(), dict.fromkeys(trial.arm for trial in record)
    if seeds := sorted({t.seed for t in record if arm is None or _means(arm, t.study, t.arm)}):
        return UserError(f"seed {seed} of {arm or claims} is not on record in {where}; choose one of {_ranges(seeds)}.")
    if record:
        return UserError(f"no trial of {arm} is on record in {where}; choose one of the arms {_listed(list(arms))}")
    what, tier = ("pilot", "pilot") if seed is not None and seed >= PILOT_SEEDS else ("trial", "full")
    of = "" if claims == "these claims" else f" {claims}"
    return UserError(f"no {what} of {claims} is on record in {where}; train some with: repro run{of} --tier {tier}")


def _listed(names: Sequence[str]) -> str:
    """The end of a sentence that names arms."""
    return f"{', '.join(names[:MOST])}{', …' if len(names) > MOST else '.'}"


def _ranges(seeds: Sequence[int]) -> str:
    """Seeds in their order, those in a row as the first and the last."""
    rows: list[list[int]] = []
    for seed in seeds:
        if rows and seed == rows[-1][1] + 1:
            rows[-1][1] = seed
        else:
            rows.append([seed, seed])
    return ", ".join(f"{first} to {last}" if first < last else f"{first}" for first, last in rows)
