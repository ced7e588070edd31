"""A record of random numbers, as large as one likes: what every claim may ask for, and arms that no claim reads."""

import random
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial

from common.trials import NUMERICS, Trial
from suite import evidence, provenance, recording, registry
from suite.claims import FIRST_SEED, Check
from suite.judging import most_seeds
from suite.records import Provenance, canonical_json, sha256
from suite.writing import texted

SPARE = 1000  # trials of an arm that no claim reads


def fill(trials: int) -> None:
    """Writes the evidence of so many trials for all reproductions, and by what it was judged: nothing is rendered."""
    declared = {name: most_seeds(registry.claims(name)) for name in registry.names()}
    whole = sum(seeds for arms in declared.values() for seeds in arms.values())
    left = max(trials - whole, 0) // len(declared)
    for name, arms in declared.items():
        own = {arm: max(1, int(seeds * min(trials / whole, 1))) for arm, seeds in arms.items()}
        study = min(study for study, _ in arms)
        own |= {(study, f"spare {n}"): min(SPARE, left - n * SPARE) for n in range(-(-left // SPARE))}
        made, folder = list(_trials(name, own)), registry.results() / name
        recording.keep(folder / "trials.csv", partial(evidence.write_trials, trials=made))
        facts = {study: _made(name, study).model_dump() for study in sorted({study for study, _ in own})}
        recording.keep(folder / "provenance.json", texted(canonical_json(facts) + "\n"))
        recording.settle(name)


def _trials(name: str, arms: Mapping[tuple[str, str], int]) -> Iterator[Trial]:
    asked: dict[tuple[str, str], tuple[str, set[str]]] = {}
    for claim in registry.claims(name):
        for check in claim.each():
            for arm, metric in check.asks.reads():
                asked.setdefault((check.study, arm), (_data(check, claim.datasets()), set()))[1].add(metric)
    generator = random.Random(name)
    for (study, arm), seeds in arms.items():
        dataset, metrics = asked.get((study, arm), ("synthetic", {"score", "train_loss", "steps_to_target"}))
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            yield Trial(
                study=study, arm=arm, seed=seed, tier="full", key=sha256(f"{name} {study} {arm} {seed}"), steps=1000,
                seconds=generator.uniform(5, 30), backend="jax", dataset=dataset, data_sha256=sha256(dataset),
                metrics={metric: generator.uniform(0.01, 1) for metric in sorted(metrics)},
            )  # fmt: skip


def _data(check: Check, datasets: tuple[str, ...]) -> str:
    return datasets[0] if datasets else "synthetic"


def _made(name: str, study: str) -> Provenance:
    hashes = {claim.id: claim.sha256() for claim in registry.claims(name) if study in claim.studies()}
    return Provenance(
        study=study, tier="full", commit=provenance.commit()[0], clean=True, claims=hashes, first_claims=hashes,
        code_sha256=registry.study_sha256(name, study), numerics=NUMERICS, backend="jax", dataset="synthetic",
        data_sha256="", date=date.today().isoformat(), python="", platform="", cpu="", cores=1, workers=1,
        packages={}, flags={},
    )  # fmt: skip
