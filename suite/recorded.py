"""Which trials on record are meant: those that claims read, of an arm or a seed. No Keras."""

import random
from collections.abc import Iterator, Mapping, Sequence

from common.errors import UserError, nearest
from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import evidence, registry
from suite.claims import FIRST_SEED, Claim

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
        raise _none(claims, arm, seed, sorted({t.seed for _, t in record}))
    count = sample or (len(meant) if seed is not None else 1)
    return random.SystemRandom().sample(meant, min(count, len(meant)))


def _means(word: str, study: str, arm: str) -> bool:
    return word in (arm, f"{study}/{arm}")


def _no_arm(claims: str, wanted: str, arms: Sequence[tuple[str, str]]) -> UserError:
    names = list(dict.fromkeys(arm for _, arm in arms))
    listed = (
        f"it is one of {', '.join(names[:MOST])}{', …' if len(names) > MOST else '.'}" if names else "none is there."
    )
    hint = nearest(wanted, [*names, *map("/".join, arms)], otherwise=listed)
    of = "" if claims == "these claims" else f" of {claims}"
    return UserError(f"no arm{of} is called {wanted!r}; {hint}")


def _none(claims: str, arm: str | None, seed: int | None, seeds: Sequence[int]) -> UserError:
    of = "" if claims == "these claims" else f" {claims}"
    train = f"train it with: repro run{of} --tier {'pilot' if seed is not None and seed >= PILOT_SEEDS else 'full'}"
    if seed is not None and FIRST_SEED <= seed < PILOT_SEEDS:
        train = f"and nobody looks at a verdict seed before it is; {train}"
    there = f" (on record are {seeds[0]} to {seeds[-1]})" if seeds else ""
    what = f"no trial of {arm or claims}" if seed is None else f"seed {seed} of {arm or claims}"
    return UserError(f"{what} is {'' if seed is None else 'not '}on record in {registry.results()}{there}; {train}")
