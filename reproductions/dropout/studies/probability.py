"""How much is gained by tuning the probability to drop a unit, instead of taking one half?

In every cell of width and number of images each seed trains a net for each probability, takes the one of least
validation error, and reports by how much its test error lies below that of p = 0.5, as a share of the latter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.dropout import model
from reproductions.dropout.model import RATES

DATASET = "images"
PROBABILITIES = (0.5, 0.3, 0.1, 0.0, 0.7)  # the default first: it is kept where another is only as good
WIDTHS, BATCH = (200, 1000), 128
STEPS = {1_000: 1_400, 10_000: 3_900}  # images to steps: 200 and 50 epochs


def arms(tier: Tier) -> tuple[Arm, ...]:
    ten, pilots = tuple(range(10)), tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
    if tier == "full":
        sets = ["validation", "test"]
        return tuple(_arm(f"w{w}_{n}", w, n, STEPS[n], sets, ten) for w in WIDTHS for n in STEPS)
    quick = _arm("quick_w16", 16, 500, 200, ["validation"], ten[:8], lanes=8, traced=True)
    if tier == "quick":
        return (quick,)
    return (replace(quick, seeds=pilots),) if tier == "pilot" and RATES else ()


def _arm(
    name: str,
    width: int,
    images: int,
    steps: int,
    on: Sequence[str],
    seeds: tuple[int, ...],
    *,
    lanes: int = 1,
    traced: bool = False,
) -> Arm:
    rates = {f"p{p:g}": model.learning_rate("dropout" if p else "plain", width) for p in PROBABILITIES}
    settings: dict[str, Any] = {
        "widths": [width, width],
        "images": images,
        "steps": steps,
        "every": steps,
        "batch": BATCH,
    }
    settings |= {"on": list(on), "rates": rates, "traced": traced}
    needed = model.seconds([width, width], steps, BATCH, nets=len(PROBABILITIES))
    return Arm(name, settings, seeds, lanes=lanes, seconds=needed, megabytes=1500)


def experiment(settings: Mapping[str, Any], probability: float = PROBABILITIES[0]) -> Experiment:
    return model.classifier(settings, settings["rates"][f"p{probability:g}"], probability, 0.0, 0.0)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    experiments = {f"p{p:g}": experiment(settings, p) for p in PROBABILITIES}
    for trial in model.side_by_side(experiments, seeds, lanes):
        chosen = tuned(trial.metrics, settings["on"][-1]) if trial.status == "ok" else {}
        yield replace(trial, metrics={**trial.metrics, **chosen})


def tuned(metrics: Mapping[str, float | None], on: str) -> dict[str, float]:
    """The probability of least validation error, and the share of the error at p = 0.5 that it saves on `on`."""
    errors = {p: metrics[f"p{p:g}_validation_error"] for p in PROBABILITIES}
    best = min(PROBABILITIES, key=lambda p: errors[p] or 0.0)
    default, own = metrics[f"p0.5_{on}_error"], metrics[f"p{best:g}_{on}_error"]
    assert default is not None
    assert own is not None
    return {"best_probability": best, "tuned_gain": 1 - own / default if default else 0.0}
