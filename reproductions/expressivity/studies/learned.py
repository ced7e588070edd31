"""Is a net a kernel machine whose kernel it learned: does a linear machine on its features say what the net says?

MNIST as 14 by 14 pixels, ReLU nets of 128 and 64 units, or convolutional ones that end in 64, by Adam. The
machine is a linear support vector machine on the last hidden layer, fitted to the training images before training, on
the features of an untrained net, and after it. A second net of the seed, of other initial weights and another order of
the images, says how far two nets agree. `rbf` is a Gaussian support vector machine on the pixels. Rates and penalties
are the best on pilot seeds by validation images.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import keras
import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, Run, train
from reproductions.expressivity import pixels, refit

DATASET = "images"
METRICS = {
    "test_error": "wrong labels of the net among held-out images, per cent",
    "test_other_error": "the same of a second net of the seed, per cent",
    "test_seeds_agreement": "held-out images on which the two nets say the same, per cent",
    "test_learned_error": "wrong labels of the linear machine on learned features, per cent",
    "test_learned_agreement": "held-out images on which it says what the net says, per cent",
    "test_learned_slope": "its gradient where it was left, over that without weights, share",
    "test_untrained_error": "wrong labels of one tuned for untrained features, on learned ones, per cent",
    "test_untrained_agreement": "held-out images on which that says what the net says, per cent",
    "test_untrained_slope": "its gradient where it was left, over that without weights, share",
    "before_error": "wrong labels of the linear machine on the features of the untrained net, per cent",
    "before_slope": "its gradient where it was left, over that without weights, share",
    "apart": "test_error and test_learned_error apart, points of per cent",
    "below_rbf": "rbf_error less test_learned_error, points of per cent",
    "rbf_error": "wrong labels of a Gaussian machine on pixels, per cent",
    "train_loss": "mean sum of both nets' cross-entropies since the look before, nats",
}
SIDE, BATCH, HELD_OUT = 14, 50, 10_000
HIDDEN, FILTERS, WIDTH = (128, 64), (8, 16), 64
CELLS = {"mlp": (5_000, 1_500), "cnn": (5_000, 600), "small": (1_000, 600), "large": (10_000, 2_000)}
"""Images, and steps of batches of 50. Rate and penalties of all are those that pilots chose for `mlp`."""
GRID = (3e-4, 1e-3, 3e-3, 1e-2)
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1_000.0)
RATE = 3e-3
CHOSEN = {"learned": 0.01, "untrained": 10.0}
"""Penalties of the machines on learned and on untrained features."""
CROSS = ((10.0, 0.1), (10.0, 0.2), (10.0, 0.4), (1.0, 0.2), (100.0, 0.2))
"""C and gamma of the Gaussian machine that pilots try, whose net is named nothing."""
RBF = {"C": 10.0, "gamma": 0.2}
SECONDS = {"mlp": 3.0, "cnn": 8.0, "small": 1.0, "large": 4.0}
PILOTS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
QUICK = {"images": 500, "steps": 100, "rbf": {}, "held_out": 500, "penalties": {"learned": 0.01}}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(cell, "test") for cell in CELLS)
    if tier == "quick":
        return _quick(range(2))
    if tier == "pilot":
        return (*_quick(PILOTS), *_tried())
    return ()


def _tried() -> Iterator[Arm]:
    plain = _arm("mlp", "validation", PILOTS[:2])
    plain = replace(plain, settings={**plain.settings, "rbf": {}})
    for rate in GRID:
        yield replace(plain, name=f"mlp_rate_{rate:g}", settings={**plain.settings, "rate": rate})
    for penalty in PENALTIES:
        both = dict.fromkeys(CHOSEN, penalty)
        yield replace(plain, name=f"mlp_penalty_{penalty:g}", settings={**plain.settings, "penalties": both})
    for cost, gamma in CROSS:
        alone = {**plain.settings, "net": "", "held_out": 2_000, "rbf": {"C": cost, "gamma": gamma}}
        yield replace(
            plain, name=f"rbf_C_{cost:g}_gamma_{gamma:g}", settings=alone, seeds=tuple(PILOTS[:1]), seconds=6.0
        )


def _arm(cell: str, judged: str, seeds: Sequence[int] = ()) -> Arm:
    (images, steps), net = CELLS[cell], "cnn" if cell == "cnn" else "mlp"
    rbf = RBF if images == CELLS["mlp"][0] else {}
    settings = {"net": net, "images": images, "steps": steps, "rate": RATE, "penalties": CHOSEN, "rbf": rbf}
    settings |= {"judged": judged, "held_out": HELD_OUT}
    return Arm(cell, settings, tuple(seeds), 1, SECONDS[cell], 1_500)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    arm = _arm("mlp", "validation", seeds)
    return (replace(arm, name="quick", settings={**arm.settings, **QUICK}, seconds=0.4),)


def twice(images: Arrays, *, moved: bool) -> Arrays:
    """Two images and two labels a row: the same, or with `moved` another, by a fixed shuffle, in the second place."""
    second = np.random.default_rng(0).permutation(len(images.y)) if moved else np.arange(len(images.y))
    x, y = (np.stack([part, part[second]], axis=1) for part in (images.x, images.y))
    return Arrays(x, y)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    seen = pixels.images("train", settings["images"], SIDE)
    held_out = pixels.images(settings["judged"], settings["held_out"], SIDE)
    inputs = seen.x.shape[1]
    body = refit.mlp(HIDDEN) if settings["net"] == "mlp" else refit.cnn(round(inputs**0.5), FILTERS, WIDTH)
    known = twice(seen, moved=True)
    count = len(held_out.y)
    judged = refit.judged(known, pixels.CLASSES, list(settings["penalties"]))
    return Experiment(
        build_model=lambda hyper: refit.pair(inputs, body, pixels.CLASSES, hyper),
        build_optimizer=lambda hyper: keras.optimizers.Adam(lambda: hyper["rate"]),
        loss=refit.loss,
        data=known,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={"test": Evaluation(twice(held_out, moved=False), judged, count, count)},
        evaluate_every=settings["steps"],
        hyper={"rate": settings["rate"], **settings["penalties"]},
    )


@cache
def rbf_error(cost: float, gamma: float, images: int, judged: str, held_out: int) -> float:
    """Of a Gaussian support vector machine on pixels, in per cent. It has no seed: the images are always the same."""
    from sklearn.svm import SVC

    seen, unseen = pixels.images("train", images, SIDE), pixels.images(judged, held_out, SIDE)
    machine = SVC(C=cost, gamma=gamma).fit(seen.x, seen.y)
    return float(100 * np.mean(machine.predict(unseen.x) != unseen.y))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    """The nets, with what their machines came to before and after training, and the Gaussian machine."""
    fixed: dict[str, float | None] = {}
    if rbf := settings["rbf"]:
        rest = (settings["images"], settings["judged"], settings["held_out"])
        fixed = {"rbf_error": rbf_error(rbf["C"], rbf["gamma"], *rest)}
    if not settings["net"]:
        for seed in seeds:
            yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=fixed, curves={})
        return
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics=told(trial, fixed) if trial.status == "ok" else {}, curves={})


def told(trial: Run, fixed: Mapping[str, float | None]) -> dict[str, float | None]:
    """What a seed came to: at its end, and before its first step."""
    found: dict[str, float | None] = {**trial.metrics, **fixed}
    for name in ("error", "slope") if "test_untrained_error" in trial.metrics else ():
        found[f"before_{name}"] = trial.curves[f"test_untrained_{name}"][0][1]
    machine = trial.metrics["test_learned_error"]
    assert machine is not None
    found["apart"] = abs(machine - (trial.metrics["test_error"] or 0))
    if (rbf := fixed.get("rbf_error")) is not None:
        found["below_rbf"] = rbf - machine
    return found
