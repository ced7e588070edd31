"""Does it pay to tune the probability of dropout, rather than to leave it at one half?

Two hidden layers of 200 or 1000 ReLU units, 1000 or 10 000 images. A trial trains one seed with every probability in
the hidden layers; the input's stays at 0.2, and with 0 there is none either. The best probability is that of the least
validation error, and what it is worth is told on test images.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from common.variants import together
from reproductions.dropout import nets

DATASET = "images"
METRICS = {
    "test_error_0": "share of test images misread at a probability of 0, %",
    "test_error_0.1": "share of test images misread at a probability of 0.1, %",
    "test_error_0.3": "share of test images misread at a probability of 0.3, %",
    "test_error_0.5": "share of test images misread at a probability of 0.5, %",
    "test_error_0.7": "share of test images misread at a probability of 0.7, %",
    "test_error_0.8": "share of test images misread at a probability of 0.8, %",
    "validation_error_0": "share of validation images misread at a probability of 0, %",
    "validation_error_0.1": "share of validation images misread at a probability of 0.1, %",
    "validation_error_0.3": "share of validation images misread at a probability of 0.3, %",
    "validation_error_0.5": "share of validation images misread at a probability of 0.5, %",
    "validation_error_0.7": "share of validation images misread at a probability of 0.7, %",
    "validation_error_0.8": "share of validation images misread at a probability of 0.8, %",
    "times_default_0": "test error at 0 over that at one half, ratio",
    "times_default_0.1": "test error at 0.1 over that at one half, ratio",
    "times_default_0.3": "test error at 0.3 over that at one half, ratio",
    "times_default_0.5": "test error at 0.5 over that at one half, ratio",
    "times_default_0.7": "test error at 0.7 over that at one half, ratio",
    "times_default_0.8": "test error at 0.8 over that at one half, ratio",
    "best": "the probability of the least validation error, ratio",
    "saved": "the share of the test error at one half that the best one saves, ratio",
    "tuned_gain": "the same where the best one is at least 0.2 from one half, else 0, ratio",
    "tuned_better": "whether the best one is not one half and errs less on test images, 0 or 1",
}
DEPTH = 2
WIDTHS, EPOCHS = (200, 1000), {1_000: 100, 10_000: 50}  # by number of images
PROBABILITIES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.8)
DEFAULT, FAR = 0.5, 0.2  # the rule of thumb, and how far from it another counts as one that was tuned
PILOTED = {0.0: 0.0, 0.1: 0.3, 0.3: 0.3, 0.5: 0.5, 0.7: 0.7, 0.8: 0.7}  # whose pilots choose its rate
RATES = {  # width and images to the rate of each piloted probability
    (200, 1_000): {0.0: 0.1, 0.3: 0.03, 0.5: 0.03, 0.7: 0.01},
    (200, 10_000): {0.0: 0.1, 0.3: 0.03, 0.5: 0.03, 0.7: 0.01},
    (1000, 1_000): {0.0: 0.1, 0.3: 0.1, 0.5: 0.03, 0.7: 0.03},
    (1000, 10_000): {0.0: 0.1, 0.3: 0.03, 0.5: 0.03, 0.7: 0.01},
}
QUICK = {0.3: 0.03, 0.5: 0.03, 0.8: 0.03}


def arms(tier: Tier) -> tuple[Arm, ...]:
    shapes = [(width, images) for width in WIDTHS for images in EPOCHS]
    if tier == "full":
        return tuple(
            _arm(
                name(*shape),
                (),
                nets.on_test_images(_net(*shape)),
                {p: RATES[shape][PILOTED[p]] for p in PROBABILITIES},
            )
            for shape in shapes
        )
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        piloted = sorted(set(PILOTED.values()))
        tried = {f"rate_{rate:g}": dict.fromkeys(piloted, rate) for rate in nets.GRID}
        tried["beyond"] = {p: nets.BEYOND["dropout" if p else "plain"] for p in piloted}
        few_for_many = (1000, 1_000)  # where 0.3 did best at the largest rate of these
        return (
            _quick(seeds),
            _arm(f"{name(*few_for_many)}_further", seeds[:2], _net(*few_for_many), {0.3: 0.3, 0.5: 0.3}),
            *(_arm(f"{name(*s)}_{word}", seeds[:2], _net(*s), rates) for s in shapes for word, rates in tried.items()),
        )
    return ()


def name(width: int, images: int) -> str:
    return f"width{width}_images{images}"


def _net(width: int, images: int) -> dict[str, Any]:
    return nets.net(DEPTH, width, images, EPOCHS[images])


def _arm(name: str, seeds: Sequence[int], settings: Mapping[str, Any], rates: Mapping[float, float]) -> Arm:
    own = {**settings, "rates": {f"{p:g}": rate for p, rate in rates.items()}}
    return Arm(name, own, tuple(seeds), seconds=1.3 * len(rates) * nets.seconds(settings))


def _quick(seeds: Sequence[int]) -> Arm:
    return replace(_arm("quick", seeds, nets.net(DEPTH, 100, 1_000, 40), QUICK), lanes=4)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return nets.experiment(settings)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    variants = {p: {"learning_rate": rate, **nets.dropped(float(p))} for p, rate in settings["rates"].items()}
    for seed, runs in nets.side_by_side(experiment(settings), variants, seeds, lanes):
        test = {float(p): trial.metrics.get("test_error") for p, trial in runs.items()}
        validation = {float(p): trial.metrics.get("validation_error") for p, trial in runs.items()}
        metrics = {f"test_error_{p:g}": error for p, error in test.items()}
        metrics |= {f"validation_error_{p:g}": error for p, error in validation.items()}
        yield together(seed, runs, {**metrics, **tuned(validation, test)})


def tuned(validation: Mapping[float, float | None], test: Mapping[float, float | None]) -> dict[str, float | None]:
    """`best` probability on validation images and `saved`, its share of the test error with the default.

    `tuned_gain` is what is saved where the best one is far from the default, else 0; `tuned_better` says whether
    anything is saved at all, which it is not where the default itself is best. A probability whose net diverged
    is none to choose; without the default there is nothing to compare with. Of equal ones the nearest to it is best.
    """
    known = {p: error for p, error in validation.items() if error is not None and test[p] is not None}
    default = test.get(DEFAULT)
    if DEFAULT not in known or not default:
        return {}
    best = min(known, key=lambda p: (round(known[p], 6), abs(p - DEFAULT)))
    chosen = test[best]
    saved = 1 - chosen / default if chosen is not None else None
    found: dict[str, float | None] = {"best": best, "saved": saved}
    found["tuned_gain"] = saved if round(abs(best - DEFAULT), 6) >= FAR else 0.0
    found["tuned_better"] = float(saved is not None and round(saved, 6) > 0)
    found |= {f"times_default_{p:g}": error / default for p, error in test.items() if error is not None}
    return found
