"""Does a generator that takes larger steps than its discriminator cover fewer of eight Gaussians?

Real points come from eight Gaussians on a ring. Both nets have two hidden layers of 64 ReLU units and are trained at
once, from the same batches of 64, by plain SGD. The discriminator's rate is the same in all arms: that at which pilots
of equal rates cover most. The generator's is `ratio` times as large. `turns_10` gives the discriminator ten steps to
one of the generator; `adam_…` trains both by Adam. Nets that play on do not settle: what is told is a mean over the
last looks, a quarter of the run.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import sqrt
from statistics import fmean
from typing import Any

import keras

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, Stream, train
from reproductions.gan import game, ring

DATASET = "synthetic"
METRICS = {
    "modes": "Gaussians of eight that the generator covers, mean over the last looks, a count",
    "quality": "its points within three deviations of a Gaussian, mean over the last looks, share",
    "d_accuracy": "points that the discriminator rightly takes for real or for made, mean over the last looks, share",
    "train_loss": "both nets' losses since the look before, mean over the last looks, nats",
}
BATCH, STEPS, LOOKS, LAST = 64, 10_000, 40, 10
SAMPLES = 2_000  # real and generated ones at a look
RATIOS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
GRIDS = {"sgd": (0.003, 0.01, 0.03), "adam": (1e-4, 3e-4, 1e-3)}
RATES = {"sgd": 0.01, "adam": 3e-4}
PILOTS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
LANES = 4


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        ratios = (_arm(f"ratio_{ratio:g}", ratio=ratio) for ratio in RATIOS)
        adams = (_arm(f"adam_{ratio:g}", optimizer="adam", ratio=ratio) for ratio in (1.0, 10.0))
        return (*ratios, _arm("ratio_10_turns_10", ratio=10.0, turns=10), *adams)
    if tier == "quick":
        return (_quick(range(2)),)
    if tier == "pilot":
        tried = ((optimizer, rate) for optimizer, grid in GRIDS.items() for rate in grid)
        tuned = (
            _arm(f"{optimizer}_rate_{rate:g}", PILOTS[:LANES], optimizer=optimizer, rate=rate)
            for optimizer, rate in tried
        )
        return (_quick(PILOTS), *tuned)
    return ()


def _arm(
    name: str,
    seeds: Sequence[int] = (),
    *,
    ratio: float = 1.0,
    turns: int = 1,
    optimizer: str = "sgd",
    rate: float | None = None,
    steps: int = STEPS,
) -> Arm:
    rate = RATES[optimizer] if rate is None else rate
    settings = {"optimizer": optimizer, "rate": rate, "ratio": ratio, "turns": turns, "steps": steps}
    return Arm(name, settings, tuple(seeds), LANES, seconds=1.3 * steps / STEPS)


def _quick(seeds: Sequence[int]) -> Arm:
    return _arm("quick_ratio_1", seeds, rate=0.03, steps=1_000)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    optimizer = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[settings["optimizer"]]
    ratio, turns = settings["ratio"], settings["turns"]
    points = Stream(ring.draw)
    return Experiment(
        build_model=lambda hyper: game.build_model(hyper["stretch"], turns),
        build_optimizer=lambda hyper: optimizer(lambda: hyper["rate"]),
        loss=game.loss,
        data=points,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={"ring": Evaluation(points, ring.state, SAMPLES, SAMPLES)},
        evaluate_every=settings["steps"] // LOOKS,
        hyper={"rate": settings["rate"], "stretch": ratio if settings["optimizer"] == "adam" else sqrt(ratio)},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics=late(trial))


def late(trial: Run) -> dict[str, float | None]:
    """Means over the last looks; nothing of nets that diverged."""
    if trial.status != "ok":
        return {}
    return {name.removeprefix("ring_"): fmean(v for _, v in trial.curves[name][-LAST:]) for name in trial.metrics}
