"""Does a net that names factors tell a combination of them that it has never met?

Three factors (man, tall, glasses), eight combinations, of which that with all three is never trained on. Which it is
does not matter: a seed draws the direction of each factor, and the opposite one is as likely. A net of 64 ReLU units
with an output for each factor, and one with a softmax over all combinations, 1000 steps of Adam on 128 fresh cases
each. `right` counts cases of which every factor is told rightly; guessing would have 1/8.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.generalisation import factors

DATASET = "synthetic"
METRICS = {
    "held_out_right": "cases of the held-out combination with every factor right, share of 2000",
    "held_out_local_right": "the same by the softmax over combinations, share",
    "held_out_neighbour_right": "the same by the nearest of 1024 cases of other combinations, share",
    "held_out_factor_right": "factors told rightly in cases of the held-out combination, share",
    "seen_right": "fresh cases of the other combinations with every factor right, share of 2000",
    "seen_local_right": "the same by the softmax over combinations, share",
    "seen_neighbour_right": "the same by the nearest neighbour, share",
    "seen_factor_right": "factors told rightly in cases of the other combinations, share",
    "train_loss": "mean cross-entropies of both nets since the look before, nats",
}
BATCH, STEPS, SIZE, RATE = 128, 1_000, 2_000, 1e-3
ARMS = {  # factors, how often they agree by design, how much of the world is products of pairs, noise
    "three": (3, 0.0, 0.0, 0.3),
    "four": (4, 0.0, 0.0, 0.3),
    "five": (5, 0.0, 0.0, 0.3),
    "six": (6, 0.0, 0.0, 0.3),
    "noisy": (3, 0.0, 0.0, 0.9),
    "correlated": (3, 0.5, 0.0, 0.3),
    "entangled_0.5": (3, 0.0, 0.5, 0.3),
    "entangled_1": (3, 0.0, 1.0, 0.3),
    "entangled_2": (3, 0.0, 2.0, 0.3),
}
GRID = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
PILOTS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
LANES = 4


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, ARMS[name]) for name in ARMS)
    if tier == "quick":
        return (_quick(range(2)),)
    if tier == "pilot":
        tried = (_arm(f"three_rate_{rate:g}", ARMS["three"], PILOTS[:4], rate) for rate in GRID)
        return (_quick(PILOTS), *tried)
    return ()


def _arm(name: str, of: tuple[int, float, float, float], seeds: Sequence[int] = (), rate: float = RATE) -> Arm:
    k, together, entangled, noise = of
    settings = {
        "factors": k,
        "together": together,
        "entangled": entangled,
        "noise": noise,
        "rate": rate,
        "steps": STEPS,
    }
    return Arm(name, settings, tuple(seeds), LANES, seconds=0.5)


def _quick(seeds: Sequence[int]) -> Arm:
    found = _arm("quick", ARMS["three"], seeds, 1e-2)
    return replace(found, settings={**found.settings, "steps": 200}, lanes=2, seconds=0.2)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    k, together = settings["factors"], settings["together"]
    seen, held_out = (factors.draw(k, together, held_out=part) for part in (False, True))
    look = factors.answers(k, seen)
    return Experiment(
        build_model=lambda hyper: factors.nets(k, hyper),
        build_optimizer=lambda hyper: keras.optimizers.Adam(lambda: hyper["rate"]),
        loss=factors.loss(k),
        data=seen,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={"seen": Evaluation(seen, look, SIZE, SIZE), "held_out": Evaluation(held_out, look, SIZE, SIZE)},
        evaluate_every=settings["steps"],
        hyper={name: settings[name] for name in ("rate", "entangled", "noise")},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from train(experiment(settings), seeds, lanes=lanes)
