"""Does a net err less each time that its training images are doubled, from 300 to 19 200?

MNIST as 14×14 pixels, one hidden layer of 100 ReLU units, 3000 steps of Adam on batches of 64 whatever the number of
images. A seed draws an order of all training images and takes the first m, so that the larger set holds the smaller
one. A net is judged where its error on 5000 validation images is least (early stopping). `shuffled` and `noisy` have
2400 images with their labels, and as many more of which all labels, or two in five, are drawn at random.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import keras
import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, Run
from common.variants import side_by_side, together
from reproductions.generalisation import pixels, samples

DATASET = "images"
METRICS = {
    "error_300": "wrong labels among held-out images after training on 300 images, stopped early, per cent",
    "error_600": "the same after 600, per cent",
    "error_1200": "the same after 1200, per cent",
    "error_2400": "the same after 2400, per cent",
    "error_4800": "the same after 4800, per cent",
    "error_9600": "the same after 9600, per cent",
    "error_19200": "the same after 19 200, per cent",
    "validation_300": "least share of wrong labels among validation images after training on 300 images, per cent",
    "validation_1200": "the same after 1200, per cent",
    "validation_4800": "the same after 4800, per cent",
    "error_shuffled": "as error_2400, of a net that has 2400 more images with random labels, per cent",
    "error_noisy": "as error_2400, of a net that has 2400 more, two in five of them with random labels, per cent",
    "exponent": "b of the line log error = a - b log m through all m by least squares, number",
    "straightness": "share of the variance of log error that the line explains, 0 to 1",
}
SIZES = tuple(300 * 2**place for place in range(7))
FITTED = SIZES[:5]  # the law (`law.py`) is made of these
WIDTH, BATCH, STEPS, EVERY, BASE = 100, 64, 3_000, 150, 2_400
VALIDATED, JUDGED = 5_000, 10_000
EXTRA = {"shuffled": 1.0, "noisy": 0.4}  # the chance that a label of the added images is drawn at random
GRID, TRIED = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2), (300, 1_200, 4_800)
RATE = 1e-2  # of all sizes: the best of GRID on pilot seeds over those of TRIED
PILOTS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
LAW, TUNED = PILOTS[:8], PILOTS[:2]
LANES = 2


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (_arm("net", SIZES, tuple(EXTRA), judged="test"),)
    if tier == "quick":
        return (_quick(range(2)),)
    if tier == "pilot":
        tried = (_arm(f"rate_{rate:g}", TRIED, (), TUNED, rate) for rate in GRID)
        return (_quick(PILOTS), _arm("law", FITTED, (), LAW), *tried)
    return ()


def _arm(
    name: str, sizes: Sequence[int], extra: Sequence[str], seeds: Sequence[int] = (), rate: float = RATE,
    judged: str = "validation",
) -> Arm:  # fmt: skip
    settings = {"sizes": list(sizes), "extra": list(extra), "rate": rate, "steps": STEPS, "every": EVERY}
    settings |= {"judged": judged, "held_out": JUDGED, "validated": VALIDATED, "base": BASE}
    return Arm(name, settings, tuple(seeds), LANES, seconds=0.6 * (len(sizes) + len(extra)), megabytes=1000)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"sizes": [300, 600], "extra": [], "rate": 3e-3, "steps": 200, "every": 100, "base": 300}
    settings |= {"judged": "validation", "held_out": 2_000, "validated": 1_000}
    return Arm("quick", settings, tuple(seeds), lanes=2, seconds=0.3)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """On the fewest images."""
    judged = judges(settings["judged"], settings["held_out"], settings["validated"])
    validation = pixels.images("validation", settings["validated"], halved=True)
    return Experiment(
        build_model=lambda hyper: samples.classifier(WIDTH, hyper),
        build_optimizer=lambda hyper: keras.optimizers.Adam(lambda: hyper["rate"]),
        loss=samples.loss,
        data=samples.numbers(),
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={
            "validation": Evaluation(validation, samples.mistakes, *pixels.whole_batches(validation)),
            "judged": Evaluation(judged, samples.mistakes, *pixels.whole_batches(judged)),
        },
        evaluate_every=settings["every"],
        hyper={"rate": settings["rate"], **labelled(settings["sizes"][0])},
    )


@cache
def judges(part: str, size: int, validated: int) -> Arrays:
    """Images of a part by which a net is judged; of the validation images those that do not say where it stops."""
    known = pixels.images(part, size, halved=True)
    if part != "validation" or len(known.y) <= validated:
        return known
    x, y = known.x[validated:].copy(), known.y[validated:].copy()
    x.flags.writeable = y.flags.writeable = False
    return Arrays(x, y)


def labelled(examples: int, clean: int | None = None, noise: float = 0.0) -> dict[str, float]:
    """So many images; from the place `clean` on labels are drawn at random with this chance."""
    return {"examples": float(examples), "clean": float(examples if clean is None else clean), "noise": noise}


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    one, base = experiment(settings), settings["base"]
    sets = {str(size): labelled(size) for size in settings["sizes"]}
    sets |= {name: labelled(2 * base, base, EXTRA[name]) for name in settings["extra"]}
    variants = {name: replace(one, hyper={**one.hyper, **given}) for name, given in sets.items()}
    for seed, runs in side_by_side(variants, seeds, lanes):
        yield together(seed, runs, measured(runs))


def measured(runs: Mapping[str, Run]) -> dict[str, float | None]:
    """Errors where the validation error is first at its least; the line through those of whole sets."""
    stopped = {name: at_least(trial) for name, trial in runs.items() if trial.status == "ok"}
    found: dict[str, float | None] = {f"error_{name}": judged for name, (_, judged) in stopped.items()}
    found |= {f"validation_{name}": least for name, (least, _) in stopped.items() if f"validation_{name}" in METRICS}
    line = {int(name): judged for name, (_, judged) in stopped.items() if name.isdigit() and judged > 0}
    return {name: value for name, value in {**found, **power(line)}.items() if name in METRICS}


def at_least(trial: Run) -> tuple[float, float]:
    """The least validation error, and the error on judged images at the first look that had it."""
    validation = [value for _, value in trial.curves["validation_error"]]
    place = min(range(len(validation)), key=validation.__getitem__)
    return validation[place], trial.curves["judged_error"][place][1]


def power(errors: Mapping[int, float]) -> dict[str, float]:
    """The power of m that errors fall by, and how straight they lie in logarithms; nothing of fewer than three."""
    if len(errors) < 3:
        return {}
    x, y = np.log(list(errors)), np.log(list(errors.values()))
    slope, height = np.polyfit(x, y, 1)
    left = float(((y - height - slope * x) ** 2).sum() / ((y - y.mean()) ** 2).sum())
    return {"exponent": -float(slope), "straightness": 1 - left}
