"""Is a forget bias of 0 adequate to tell whether a sentence of a film review praises or pans?

Sentence polarity (Pang & Lee 2005), an optional data set. A sentence is its last 40 tokens, with blanks before a
shorter one; tokens seen less than thrice in training are one symbol. A token enters as 32 learned numbers, an LSTM of
32 units reads them, its last state answers. Sentences lie in the order of their sha256: the first 8000 train, the next
1000 choose rates, the rest are asked. A trial trains one seed from every bias, each at the best of its rates on pilot
seeds, and tells the accuracy after two passes. `b0_over_best` is the accuracy at 0 over the best one.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from common import datasets, sequences
from common.sequences import Task
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, Run
from common.variants import side_by_side
from reproductions.forget_bias import model

DATASET = "sentences"
METRICS = {
    "accuracy_b0": "share of the test sentences answered rightly from a bias of 0, ratio",
    "accuracy_b1": "share of the test sentences answered rightly from a bias of 1, ratio",
    "accuracy_b2": "share of the test sentences answered rightly from a bias of 2, ratio",
    "accuracy_b5": "share of the test sentences answered rightly from a bias of 5, ratio",
    "b0_over_best": "accuracy at 0 over the best, ratio",
}
BIASES = (0, 1, 2, 5)
TOKENS, SEEN, WIDTH, UNITS, BATCH = 40, 3, 32, 32, 32
TRAINED, CHOSEN, STEPS = 8_000, 1_000, 500
GRID = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
RATES = {0: 1e-2, 1: 1e-2, 2: 1e-3, 5: 1e-3}
BLANK, RARE = 0, 1  # symbols of no token and of rare ones


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (_arm("sentences", {str(bias): rate for bias, rate in RATES.items()}, "test", (), 4),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 4)
        return tuple(_arm(f"rate_{tried:g}", {str(b): tried for b in BIASES}, "validation", seeds, 4) for tried in GRID)
    return ()


def _arm(name: str, rates: Mapping[str, float], split: str, seeds: Sequence[int], lanes: int) -> Arm:
    settings = {"rates": dict(rates), "steps": STEPS, "split": split}
    return Arm(name, settings, tuple(seeds), lanes=lanes, seconds=len(rates) * STEPS * 2e-3)


@cache
def splits() -> tuple[int, Mapping[str, Arrays]]:
    """The number of symbols, and x (n, 40) and y (n,), 1 for praise, of `train`, `validation` and `test`."""
    data = datasets.load_sentences()
    labelled = [(sentence, 1) for sentence in data.positive] + [(sentence, 0) for sentence in data.negative]
    labelled.sort(key=lambda pair: hashlib.sha256(pair[0].encode()).digest())
    counts = Counter(token for sentence, _ in labelled[:TRAINED] for token in sentence.split())
    kept = sorted(token for token, count in counts.items() if count >= SEEN)
    places = {token: place for place, token in enumerate(kept, start=RARE + 1)}
    x = np.stack([encoded(sentence, places) for sentence, _ in labelled])
    y = np.array([label for _, label in labelled], np.int32)
    ends = {"train": (0, TRAINED), "validation": (TRAINED, TRAINED + CHOSEN), "test": (TRAINED + CHOSEN, len(y))}
    return len(places) + RARE + 1, {name: Arrays(x[low:high], y[low:high]) for name, (low, high) in ends.items()}


def encoded(sentence: str, places: Mapping[str, int]) -> NDArray[np.int32]:
    """(40,) symbols of the last tokens, blanks first."""
    symbols = [places.get(token, RARE) for token in sentence.split()[-TOKENS:]]
    return np.array([BLANK] * (TOKENS - len(symbols)) + symbols, np.int32)


def build_model(symbols: int, forget: Any) -> Any:
    entry = keras.Input((TOKENS,), dtype="int32")
    tokens = keras.layers.Embedding(symbols, WIDTH)(entry)
    lstm = keras.layers.LSTM(UNITS, unit_forget_bias=False, bias_initializer=model.GateBias(forget), name="lstm")
    return keras.Model(entry, keras.layers.Dense(2)(lstm(tokens)))


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """From the first of the biases, at its rate."""
    bias, rate = next(iter(settings["rates"].items()))
    symbols, parts = splits()
    asked = parts[settings["split"]]
    sizes: dict[str, Any] = {"units": UNITS, "batch": BATCH, "steps": settings["steps"], "every": settings["steps"]}
    task = Task(parts["train"], TOKENS, symbols, 2, False, float(np.log(2)))
    built = model.experiment(task, float(bias), rate=rate, looked_at=len(asked.y), **sizes)
    return replace(
        built,
        build_model=lambda hyper: build_model(symbols, hyper["forget"]),
        evaluate={"test": Evaluation(asked, sequences.scores(task), len(asked.y), len(asked.y))},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    built = experiment(settings)
    experiments = {
        bias: model.varied(built, forget=float(bias), learning_rate=rate) for bias, rate in settings["rates"].items()
    }
    for seed, runs in side_by_side(experiments, seeds, lanes):
        yield model.together(seed, runs, compared(runs), "test_accuracy")


def compared(runs: Mapping[str, Run]) -> dict[str, float | None]:
    """The accuracy from each bias, 0 of a run that diverged, and that of 0 over the best."""
    found = {bias: one.metrics.get("test_accuracy") or 0.0 for bias, one in runs.items()}
    metrics: dict[str, float | None] = {f"accuracy_b{bias}": value for bias, value in found.items()}
    if "0" in found and (best := max(found.values())):
        metrics["b0_over_best"] = found["0"] / best
    return metrics
