"""How much longer does a net train, and what do its updates look like, when its inputs have a mean of 100?

MNIST whose pixels are centred and have variance 1 on average, and the same plus 1, 10 or 100, or times 0.1 or 10; plain
SGD (one arm Adam), each arm at the rate of its own that needs the fewest updates on pilot seeds. `updates` is how many
it takes until the loss on held-out images is 0.4 nats. What the first layer's updates look like is told by the first 20
of them: averages over its units, and over the updates from the second on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

import keras

from common import updates
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from common.variants import together
from reproductions.inputs import model

DATASET = "images"
METRICS = {
    "updates": "updates until the loss on held-out images is 0.4 or less (quick: 1), a count cut off at 3000",
    "loss": "the loss on held-out images at the end, nats",
    "first_step_norm": "norm of the first update of the first layer's weights over the rate, nats per unit weight",
    "cosine": "mean cosine between two updates in a row of a first-layer unit, a number from -1 to 1",
    "absolute_cosine": "the same of its absolute values, a number from 0 to 1",
    "one_way": "how far the weights of a unit move alike in the first update, mean absolute cosine with equal changes, "
    "a number from 0 to 1",
}
IMAGES, WIDTH, BATCH, STEPS, EVERY = 5_000, 64, 32, 3_000, 10
TARGET, WATCHED, HELD_OUT = 0.4, 20, 1_000
INPUTS = {  # mean, scale, and what is taken from it again
    "centred": (0, 1, 0),
    "mean_1": (1, 1, 0),
    "mean_10": (10, 1, 0),
    "mean_100": (100, 1, 0),
    "recentred": (100, 1, 100),
    "scale_0.1": (0, 0.1, 0),
    "scale_10": (0, 10, 0),
}
NETS = {"": (WIDTH,), "logistic_": (), "adam_": (WIDTH,)}
ARMS = (*INPUTS, "logistic_centred", "logistic_mean_100", "adam_centred", "adam_mean_100")
GRIDS = {  # the rates that pilots try
    "centred": (0.003, 0.01, 0.03, 0.1, 0.3),
    "mean_1": (0.001, 0.003, 0.01, 0.03, 0.1),
    "mean_10": (1e-5, 3e-5, 1e-4, 3e-4, 1e-3),
    "mean_100": (1e-8, 1e-7, 3e-7, 1e-6, 3e-6, 1e-5, 1e-4),
    "recentred": (0.003, 0.01, 0.03, 0.1, 0.3),
    "scale_0.1": (0.03, 0.1, 0.3, 1.0, 3.0),
    "scale_10": (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1),
    "logistic_centred": (0.003, 0.01, 0.03, 0.1, 0.3),
    "logistic_mean_100": (1e-8, 1e-7, 3e-7, 1e-6, 3e-6, 1e-5),
    "adam_centred": (1e-3, 3e-3, 1e-2, 3e-2, 1e-1),
    "adam_mean_100": (1e-7, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
}
RATES = {
    "centred": 0.1, "mean_1": 0.03, "mean_10": 3e-4, "mean_100": 3e-7, "recentred": 0.1, "scale_0.1": 1.0,
    "scale_10": 1e-2, "logistic_centred": 0.03, "logistic_mean_100": 3e-7, "adam_centred": 3e-3, "adam_mean_100": 1e-5,
}  # fmt: skip
PILOTS = 3


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, RATES[name], "test") for name in ARMS)
    if tier == "quick":
        return _quick(range(2))
    if tier == "pilot":
        seeds = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
        tried = ((name, rate) for name in ARMS for rate in GRIDS[name])
        return (*_quick(seeds), *(_arm(n, r, "validation", seeds[:PILOTS], f"{n}_rate_{r:g}") for n, r in tried))
    return ()


def _arm(name: str, rate: float, judged: str, seeds: Sequence[int] = (), label: str = "") -> Arm:
    mean, scale, taken = INPUTS[name.removeprefix("logistic_").removeprefix("adam_")]
    hidden = () if name.startswith("logistic_") else (WIDTH,)
    settings: dict[str, Any] = {"mean": mean, "scale": scale, "taken": taken, "hidden": list(hidden), "rate": rate}
    settings |= {"optimizer": "adam" if name.startswith("adam_") else "sgd", "judged": judged, "images": IMAGES}
    settings |= {"target": TARGET, "steps": STEPS, "watched": 0 if label else WATCHED}
    return Arm(label or name, settings, tuple(seeds), lanes=4, seconds=1.0)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    changes = {"images": 1_000, "target": 1.0, "steps": 300, "watched": WATCHED}
    made = (_arm(name, RATES[name], "validation", seeds, f"quick_{name}") for name in ("centred", "mean_100"))
    return tuple(replace(arm, settings={**arm.settings, **changes}, lanes=2, seconds=0.3) for arm in made)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    training, asked = model.images("train", settings["images"]), model.images(settings["judged"], HELD_OUT)
    size = len(asked.y)
    hidden, pixels = tuple(settings["hidden"]), training.x.shape[1]
    optimizer = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[settings["optimizer"]]
    return Experiment(
        build_model=lambda hyper: model.classifier(pixels, hidden, hyper),
        build_optimizer=lambda hyper: optimizer(lambda: hyper["rate"]),
        loss=model.cross_entropy,
        data=training,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={"held_out": Evaluation(asked, model.surprise, size, size)},
        evaluate_every=EVERY,
        stop=lambda history: history["held_out_loss"][-1] <= settings["target"],
        hyper={name: float(settings[name]) for name in ("mean", "scale", "taken", "rate")},
    )


def watched(base: Experiment, steps: int) -> Experiment:
    """The same for its first steps alone, with a look at what each does to the first layer."""
    return replace(
        base,
        build_model=lambda hyper: updates.watched(base.build_model(hyper)),
        loss=updates.noting(base.loss),
        evaluate={"first": Evaluation(base.data, model.first_layer, 1, 1)},
        evaluate_every=1,
        steps=steps,
        stop=lambda history: False,
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    base = experiment(settings)
    ends = list(train(base, seeds, lanes=lanes))
    looks = (
        list(train(watched(base, settings["watched"]), seeds, lanes=lanes))
        if settings["watched"]
        else [None] * len(ends)
    )
    for end, early in zip(ends, looks, strict=True):
        runs = {"end": end} | ({"early": early} if early else {})
        yield together(end.seed, runs, measured(end, early, settings), end.curves)


def measured(end: Run, early: Run | None, settings: Mapping[str, Any]) -> dict[str, float | None]:
    """What a seed came to; nothing of a part of it that diverged."""
    found: dict[str, float | None] = {}
    if end.status == "ok":
        found |= {"updates": float(end.steps), "loss": end.metrics["held_out_loss"]}
    if early is not None and early.status == "ok":
        curves = {name: [value for _, value in early.curves[f"first_{name}"]] for name in ("norm", "one_way")}
        pairs = {name: [value for _, value in early.curves[f"first_{name}"]][2:] for name in ("cosine", "absolute")}
        found |= {"first_step_norm": curves["norm"][1] / settings["rate"], "one_way": curves["one_way"][1]}
        found |= {"cosine": fmean(pairs["cosine"]), "absolute_cosine": fmean(pairs["absolute"])}
    return found
