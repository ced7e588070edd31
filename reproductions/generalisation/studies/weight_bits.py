"""Does a trained net err as before when each of its weights keeps four bits, and the rest is noise?

MNIST as 14×14 pixels, 10 000 training images, two hidden layers of 100 ReLU units, 2000 steps of Adam on batches of
100. Afterwards the weights of each matrix keep their top bits, on a scale of the matrix or of each unit, and below them
the middle of their cell or, in `filled_4`, random bits. What a change of error is measured by is chance itself: how far
the error of the float net is from that of another, of other initial weights and another order of data.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from common.variants import together
from reproductions.generalisation import pixels, quantised

DATASET = "images"
METRICS = {
    "float": "wrong labels among judged images, weights as trained, per cent",
    "between_nets": "how far the error of a second float net is from it, points of per cent",
    "layer_1": "wrong labels with 1 bit a weight, a scale for each matrix, per cent",
    "channel_1": "the same with a scale for each unit, per cent",
    "moved_layer_8": "how far the error moves with 8 bits a weight, a scale for each matrix, points of per cent",
    "moved_layer_6": "the same with 6 bits, points of per cent",
    "moved_layer_5": "the same with 5 bits, points of per cent",
    "moved_layer_4": "the same with 4 bits, points of per cent",
    "moved_layer_3": "the same with 3 bits, points of per cent",
    "moved_layer_2": "the same with 2 bits, points of per cent",
    "moved_layer_1": "the same with 1 bit, points of per cent",
    "moved_channel_8": "how far the error moves with 8 bits a weight, a scale for each unit, points of per cent",
    "moved_channel_6": "the same with 6 bits, points of per cent",
    "moved_channel_5": "the same with 5 bits, points of per cent",
    "moved_channel_4": "the same with 4 bits, points of per cent",
    "moved_channel_3": "the same with 3 bits, points of per cent",
    "moved_channel_2": "the same with 2 bits, points of per cent",
    "moved_channel_1": "the same with 1 bit, points of per cent",
    "moved_filled_4": "how far the error moves with the top 4 bits and random ones below, scaled by matrix, points",
    "moved_keras": "how far the error moves under Keras' own int4, points of per cent",
    "least_bits": "fewest bits a weight, a scale for each matrix, from which on the error rises by 0.5 points at most, "
    "bits",
}
IMAGES, WIDTHS, BATCH, STEPS, JUDGED = 10_000, (100, 100), 100, 2_000, 10_000
GRID = (3e-4, 1e-3, 3e-3, 1e-2)
RATE = 3e-3  # the best of GRID by the float net's error on validation images, pilot seeds
OTHER = 10**9
"""What a trial's seed and that of its second net differ by: no trial has such a number."""
CLOSE = 0.5  # points of per cent
PILOTS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (_arm("net", RATE, judged="test"),)
    if tier == "quick":
        return (_quick(range(2)),)
    if tier == "pilot":
        return (_quick(PILOTS), *(_arm(f"rate_{rate:g}", rate, PILOTS[:2]) for rate in GRID))
    return ()


def _arm(name: str, rate: float, seeds: Sequence[int] = (), judged: str = "validation") -> Arm:
    settings = {"images": IMAGES, "rate": rate, "steps": STEPS, "judged": judged, "held_out": JUDGED}
    return Arm(name, settings, tuple(seeds), seconds=3.0)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"images": 1_000, "rate": 3e-3, "steps": 200, "judged": "validation", "held_out": 1_000}
    return Arm("quick", settings, tuple(seeds), seconds=0.5)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    training = pixels.images("train", settings["images"], halved=True)
    judged = pixels.images(settings["judged"], settings["held_out"], halved=True)
    return Experiment(
        build_model=lambda hyper: build_model(training.x.shape[1]),
        build_optimizer=lambda hyper: keras.optimizers.Adam(lambda: hyper["rate"]),
        loss=lambda net, x, y: keras.ops.mean(pixels.surprise(net(x, training=True), y)),
        data=training,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={"judged": Evaluation(judged, quantised.errors, len(judged.y), len(judged.y))},
        evaluate_every=settings["steps"],
        hyper={"rate": settings["rate"]},
    )


def build_model(inputs: int) -> Any:
    x = entry = keras.Input((inputs,))
    for width in WIDTHS:
        x = keras.layers.Dense(width, "relu")(x)
    return keras.Model(entry, keras.layers.Dense(pixels.CLASSES)(x))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    one = experiment(settings)
    others = train(one, [seed + OTHER for seed in seeds], lanes=lanes)
    for trial, other in zip(train(one, seeds, lanes=lanes), list(others), strict=True):
        yield together(trial.seed, {"net": trial, "other": other}, measured(trial.metrics, other.metrics))


def measured(metrics: Mapping[str, float | None], other: Mapping[str, float | None]) -> dict[str, float | None]:
    """How far errors move from that of the float net; nothing where it diverged."""
    errors = {name.removeprefix("judged_"): e for name, e in metrics.items() if e is not None}
    if "float" not in errors:
        return {}
    plain, second = errors["float"], other.get("judged_float")
    found: dict[str, float | None] = {f"moved_{name}": abs(error - plain) for name, error in errors.items()}
    found |= {name: errors[name] for name in ("float", "layer_1", "channel_1")}
    found["between_nets"] = None if second is None else abs(second - plain)
    found["least_bits"] = float(least_bits({bits: errors[f"layer_{bits}"] - plain for bits in quantised.BITS}))
    return {name: value for name, value in found.items() if name in METRICS}


def least_bits(rises: Mapping[int, float]) -> int:
    """The fewest bits such that with them, and with all more that were tried, the error rises by `CLOSE` at most.

    One more than the most that were tried where even those do not do.
    """
    least = max(rises) + 1
    for bits in sorted(rises, reverse=True):
        if rises[bits] > CLOSE:
            break
        least = bits
    return least
