"""Does training the output layer of a net with a detector for each of 1024 strings learn any function of them?

The function is random, another for each trial: a second output layer of the same detectors, of weights ±1 that are
drawn and not trained. Plain SGD on the logistic loss, at a rate of one for each example of a batch.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, Run, train
from reproductions.expressivity import memory
from reproductions.expressivity.cube import cube

DATASET = "synthetic"
METRICS = {
    "cases_right": "strings told rightly at the end, share of all",
    "cases_right_at_start": "the same before training, share of all",
    "train_loss": "mean logistic loss over the last pass, nats",
}
BITS, BATCH, PASSES = 10, 128, 20


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (_arm("detectors", 2**BITS), _arm("half_of_them", 2 ** (BITS - 1)))
    if tier == "quick":
        return (_arm("detectors", 2**BITS, range(2)),)
    if tier == "pilot":
        return tuple(replace(arm, seeds=tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))) for arm in arms("quick"))
    return ()


def _arm(name: str, detectors: int, seeds: Sequence[int] = ()) -> Arm:
    settings = {"bits": BITS, "detectors": detectors, "passes": PASSES}
    return Arm(name, settings, tuple(seeds), lanes=2, seconds=0.2)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    strings = cube(settings["bits"]).astype("float32")
    cases = Arrays(strings, np.zeros(len(strings), "float32"))
    passes = len(strings) // BATCH
    return Experiment(
        build_model=lambda hyper: memory.net_of_detectors(strings, settings["detectors"]),
        build_optimizer=lambda hyper: keras.optimizers.SGD(float(BATCH)),
        loss=memory.logistic_loss,
        data=cases,
        batch_size=BATCH,
        steps=passes * settings["passes"],
        evaluate={"cases": Evaluation(cases, memory.right, len(strings), len(strings))},
        evaluate_every=passes,
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        if trial.status == "ok":
            start = trial.curves["cases_right"][0][1]
            trial = replace(trial, metrics={**trial.metrics, "cases_right_at_start": start})
        yield trial
