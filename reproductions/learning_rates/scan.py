"""One seed of one problem at every rate of a grid: where it ends, and by how much each step moved the weights."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf, isfinite, log10
from statistics import median
from typing import Any

import keras
from keras import ops

from common import sequences, updates
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run
from common.variants import side_by_side
from reproductions.learning_rates import problems

RATES = (-6.0, -5.0, -4.0, *(place / 2 for place in range(-6, 5)))
"""log10: from 1e-6 to 100, from 1e-3 on in half decades."""
THREE = (-2.0, -1.0, 0.0)  # 0.01, 0.1 and 1
ADAM = tuple(place / 2 for place in range(-10, 0))
OPTIMIZERS: Mapping[str, Any] = {
    "sgd": keras.optimizers.SGD,
    "momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    "adam": keras.optimizers.Adam,
}
SMALL, LARGE = (1e-5, 1e-4), (1e-1, 1e-2)
EARLY = 10  # the first of so many parts of a run is when its ratio is measured
SMALLEST = 1e-30

Rates = Mapping[float, Any]
"""By log10 of the rate."""


def arms(names: Sequence[str], adam: Sequence[str], seconds: Mapping[str, float], tier: Tier) -> tuple[Arm, ...]:
    """Each problem under SGD at all rates, and under momentum at three; some under Adam."""
    if tier == "full":
        return tuple(_arms(names, adam, seconds, (), "test"))
    if tier == "pilot":
        first = 2 * PILOT_SEEDS
        return tuple(_arms(names, (), seconds, range(first, first + 2), "validation", momentum=False))
    return ()


def _arms(
    names: Sequence[str], adam: Sequence[str], seconds: Mapping[str, float], seeds: Sequence[int], judged: str,
    *, momentum: bool = True,
) -> Iterator[Arm]:  # fmt: skip
    kinds = [("sgd", names, RATES)] + ([("momentum", names, THREE)] if momentum else []) + [("adam", adam, ADAM)]
    for optimizer, of, rates in kinds:
        for name in of:
            label = name if optimizer == "sgd" else f"{name}_{optimizer}"
            yield arm(
                label, name, rates, seeds, seconds[name], judged=judged, optimizer=optimizer, lanes=2 if seeds else 4
            )


def arm(
    label: str, name: str, rates: Sequence[float], seeds: Sequence[int], seconds: float, *,
    judged: str, optimizer: str = "sgd", steps: int = problems.STEPS, lanes: int = 4,
) -> Arm:  # fmt: skip
    """`seconds` are those of one rate of the grid."""
    settings = {"problem": name, "log10_rates": list(rates), "optimizer": optimizer, "steps": steps, "judged": judged}
    return Arm(label, settings, tuple(seeds), lanes=lanes, seconds=seconds * len(rates))


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """At the first rate of the grid."""
    problem = problems.FAMILIES[settings["problem"]](settings["problem"], settings["judged"])
    optimizer, steps = OPTIMIZERS[settings["optimizer"]], settings["steps"]
    scores = sequences.scores(problem.task)
    validation, test = problem.held_out
    return Experiment(
        build_model=lambda hyper: problem.build(),
        build_optimizer=lambda hyper: optimizer(lambda: hyper["rate"]),
        loss=sequences.loss(problem.task),
        data=problem.task.data,
        batch_size=problems.BATCH,
        steps=steps,
        evaluate={
            "validation": Evaluation(validation, scores, problem.size, problem.size),
            "test": Evaluation(test, scores, problem.size, problem.size),
        },
        evaluate_every=steps,
        hyper={"rate": 10.0 ** settings["log10_rates"][0]},
    )


def ratios(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Norm of the last update over that of the weights before it: of all, of each matrix, and of all biases."""
    taken = updates.steps(net)
    matrices = [step for step in taken if len(step.value.shape) > 1]
    biases = [step for step in taken if step.path.endswith("bias")] or matrices
    each = [_ratio([step]) for step in matrices]
    return {
        "ratio": _ratio(taken),
        "least": ops.min(ops.stack(each)),
        "most": ops.max(ops.stack(each)),
        "biases": _ratio(biases),
    }


def _ratio(taken: Sequence[updates.Step]) -> Any:
    moved = sum(ops.sum(ops.square(step.update)) for step in taken)
    held = sum(ops.sum(ops.square(step.value - step.update)) for step in taken)
    return ops.sqrt(moved / ops.maximum(held, SMALLEST))


def watched(base: Experiment) -> Experiment:
    """The first part of a run, with a look after every step."""
    size = problems.BATCH
    return replace(
        base,
        build_model=lambda hyper: updates.watched(base.build_model(hyper)),
        loss=updates.noting(base.loss),
        evaluate={"step": Evaluation(base.data, ratios, size, size)},
        evaluate_every=1,
        steps=max(base.steps // EARLY, 1),
    )


def at_rates(base: Experiment, rates: Sequence[float]) -> dict[float, Experiment]:
    return {rate: replace(base, hyper={"rate": 10.0**rate}) for rate in rates}


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    base, rates = experiment(settings), settings["log10_rates"]
    ends = list(side_by_side(at_rates(base, rates), seeds, lanes))
    looks: Sequence[tuple[int, Mapping[float, Run]]] = [(seed, {}) for seed in seeds]
    if settings["optimizer"] != "momentum":
        looks = list(side_by_side(at_rates(watched(base), rates), seeds, lanes))
    baseline = problems.FAMILIES[settings["problem"]](settings["problem"], settings["judged"]).task.baseline
    for (seed, runs), (_, early) in zip(ends, looks, strict=True):
        losses = {part: {r: runs[r].metrics.get(f"{part}_loss") for r in rates} for part in ("validation", "test")}
        found, curves = measured(losses["validation"], losses["test"], early, baseline)
        steps = sum(one.steps for one in runs.values())
        yield Run(seed=seed, status="ok", steps=steps, stopped=False, metrics=found, curves=curves)


def measured(
    validation: Rates, test: Rates, early: Mapping[float, Run], baseline: float
) -> tuple[dict[str, float | None], dict[str, list[tuple[int, float]]]]:
    """What a seed says of all its rates, and the curves of loss and ratio over 100 log10 of the rate.

    The best rate, of all or of some, is that of the least validation loss; what it comes to is the test loss.
    """
    found: dict[str, float | None] = {f"loss_{10.0**rate:g}": _known(test[rate]) for rate in THREE if rate in test}
    best = least(validation)
    curves = {"loss_over_rate": _points(test)}
    if best is not None:
        found |= {"loss_best": _known(test[best]), "log10_best_rate": best}
        found["relative_best"] = None if (loss := _known(test[best])) is None else loss / baseline
    if early:
        typical = {rate: typically(one, "ratio") for rate, one in early.items()}
        curves["ratio_over_rate"] = [(x, log10(max(ratio, SMALLEST))) for x, ratio in _points(typical)]
        if best is not None:
            found |= {"best_ratio": typical[best]}
            found |= {f"best_ratio_{n}": typically(early[best], n) for n in ("least", "most", "biases")}
        for bound in SMALL:
            found |= _group({rate for rate in typical if typical[rate] <= bound}, f"to_{bound:g}", validation, test)
        for bound in LARGE:
            found |= _group({rate for rate in typical if typical[rate] >= bound}, f"from_{bound:g}", validation, test)
    return found, curves


def _group(rates: set[float], name: str, validation: Rates, test: Rates) -> dict[str, float | None]:
    """How many rates are of a kind, and the test loss of the best of them; none where all diverged."""
    best = least({rate: validation[rate] for rate in rates})
    return {f"rates_{name}": float(len(rates)), f"loss_{name}": None if best is None else _known(test[best])}


def least(losses: Rates) -> float | None:
    """The rate of the least finite loss."""
    known = {rate: loss for rate, loss in losses.items() if _known(loss) is not None}
    return min(known, key=lambda rate: known[rate]) if known else None


def typically(early: Run, name: str) -> float:
    """The median over the first steps, infinite where a run broke off at once."""
    values = [value for step, value in early.curves.get(f"step_{name}", ()) if step > 0 and isfinite(value)]
    return median(values) if values else inf


def _known(loss: float | None) -> float | None:
    return loss if loss is not None and isfinite(loss) else None


def _points(values: Rates) -> list[tuple[int, float]]:
    return [(round(100 * rate), value) for rate in sorted(values) if (value := _known(values[rate])) is not None]
