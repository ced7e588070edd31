"""What attacks on a net come to, and what noise of the same size does. Errors are in per cent.

The numbers that are judged leave the perturbed image as it is, as Goodfellow et al. 2015 mention no clipping; those cut
to [0, 1] stand beside them. A perturbed image outside its budget never counts as an error.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import keras
from keras import ops

from common import attacks
from common.training import Arrays, Evaluation, Run
from reproductions.adversarial.model import EPSILON, Tensor, deployed, images, random_signs

EPSILONS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3)  # of the curves, which start at 0, the clean error
LARGE = 1.0  # any image can be turned into any other: an attack that works fools every net
ATTACKED, DRAWN = 2_000, 500  # images attacked by PGD at EPSILON, and at each budget of a curve: the first of the split
Measure = Callable[[Any, Tensor, Tensor], Mapping[str, Tensor]]
Predictor = Callable[[Any], attacks.Predict]  # a model to what is attacked: images to scores of the classes


def thousandths(epsilon: float) -> int:
    return round(1000 * epsilon)


def percent(flags: Tensor) -> Tensor:
    return 100 * ops.mean(ops.cast(flags, "float32"))


def share(flags: Tensor) -> Tensor:
    return ops.mean(ops.cast(flags, "float32"))


def confidence(scores: Tensor) -> Tensor:
    """(n,) the largest probability."""
    return ops.max(ops.softmax(scores), axis=-1)


def evaluation(data: Arrays, measure: Measure, batch: int = 500) -> Evaluation:
    """Over all of `data`, so many at a time where that comes out even."""
    size = len(data.y)
    return Evaluation(data, measure, size=size, batch_size=batch if size % batch == 0 else size)


def clean(predictor: Predictor = deployed) -> Measure:
    """The error on images as they are."""

    def measure(model: Any, x: Tensor, y: Tensor) -> dict[str, Tensor]:
        return {"error": percent(attacks.fooled(predictor(model), x, x, y, EPSILON))}

    return measure


def under_fgsm(predictor: Predictor = deployed, epsilons: Sequence[float] = (EPSILON,)) -> Measure:
    """Clean error, FGSM at each budget, clipped and not, how sure errors at EPSILON are, and what kept the budget."""

    def measure(model: Any, x: Tensor, y: Tensor) -> dict[str, Tensor]:
        predict = predictor(model)
        scores = predict(x)
        found = {"error": percent(attacks.fooled(lambda _: scores, x, x, y, EPSILON))}
        kept = ops.ones_like(y, dtype="bool")
        for epsilon in epsilons:
            for name, clip in (("fgsm", False), ("fgsm_clipped", True)):
                moved = attacks.fgsm(predict, x, y, epsilon, clip=clip)
                wrong = attacks.fooled(predict, moved, x, y, epsilon, clip=clip)
                kept = kept & attacks.within_budget(moved, x, epsilon, clip=clip)
                found[f"{name}_{thousandths(epsilon)}"] = percent(wrong)
                if epsilon == EPSILON:
                    sure = ops.cast(wrong, "float32") * confidence(predict(moved))
                    found[f"{name}_sure"] = 100 * ops.mean(sure)  # divided by the error once all batches are seen
                    found |= {} if clip else {"still_pixels": share(moved == x)}
        return found | {"budget_kept": share(kept)}

    return measure


def under_noise(model: Any, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Errors on changes of EPSILON that were not computed for the image: noise, and patterns out of place."""
    predict, draws = deployed(model), model.get_layer("draws").in_tests
    pattern = attacks.fgsm(predict, x, y, EPSILON) - x
    shuffle = ops.argsort(keras.random.uniform((x.shape[-1],), seed=draws))
    changes = {
        "signs": random_signs(x, draws),
        "uniform": keras.random.uniform(ops.shape(x), -EPSILON, EPSILON, seed=draws),
        "others_pattern": ops.roll(pattern, 1, axis=0),
        "shuffled_pattern": ops.take(pattern, shuffle, axis=1),
    }
    moved = {name: x + change for name, change in changes.items()}
    kept = [attacks.within_budget(inputs, x, EPSILON) for inputs in moved.values()]
    found = {f"{name}_error": percent(attacks.fooled(predict, inputs, x, y, EPSILON)) for name, inputs in moved.items()}
    return found | {"budget_kept": share(ops.all(ops.stack(kept), axis=0))}


def under_pgd(predictor: Predictor = deployed, epsilons: Sequence[float] = (EPSILON,)) -> Measure:
    """FGSM and PGD-40 on the same images at every budget, what kept it, and the share of planted examples found."""

    def measure(model: Any, x: Tensor, y: Tensor) -> dict[str, Tensor]:
        predict, draws = predictor(model), model.get_layer("draws")
        found: dict[str, Tensor] = {"planted_found": ops.min(ops.stack(planted_shares(x.shape[-1], draws.in_tests)))}
        kept = ops.ones_like(y, dtype="bool")
        # One attack on as many copies as there are budgets: a loop less to compile for each.
        copies = len(epsilons)
        budgets: Any = ops.repeat(ops.convert_to_tensor(epsilons, "float32")[:, None], x.shape[0], axis=0)
        xs, ys = ops.tile(x, (copies, 1)), ops.tile(y, (copies,))
        start = budgets * keras.random.uniform(ops.shape(xs), -1.0, 1.0, seed=draws.in_tests)
        climbed = ops.split(attacks.pgd(predict, xs, ys, budgets, start=start, steps=draws.climbs()), copies)
        for epsilon, pgd in zip(epsilons, climbed, strict=True):
            for name, inputs in (("fgsm", attacks.fgsm(predict, x, y, epsilon)), ("pgd", pgd)):
                kept = kept & attacks.within_budget(inputs, x, epsilon)
                found[f"{name}_{thousandths(epsilon)}"] = percent(attacks.fooled(predict, inputs, x, y, epsilon))
        return found | {"budget_kept": share(kept)}

    return measure


def planted_shares(pixels: int, seed: Any) -> list[Tensor]:
    """What FGSM and PGD, as they are used here, find of what was planted."""

    def climb(predict: attacks.Predict, x: Tensor, y: Tensor) -> Tensor:
        return attacks.pgd(
            predict, x, y, EPSILON, start=keras.random.uniform(ops.shape(x), -EPSILON, EPSILON, seed=seed)
        )

    def leap(predict: attacks.Predict, x: Tensor, y: Tensor) -> Tensor:
        return attacks.fgsm(predict, x, y, EPSILON)

    return [attacks.finds_planted(attack, pixels, EPSILON) for attack in (leap, climb)]


def attacked(
    settings: Mapping[str, Any], predictor: Predictor = deployed, *, noise: bool = False
) -> dict[str, Evaluation]:
    """The evaluations of a net, or of what `predictor` makes of it.

    Settings: `test` (a split), `tested` and `attacked` (how many images), `drawn` (how many at each budget of a curve,
    or none), `digits`, `epsilons` of the images tested and attacked. With `select` the clean error on validation
    images alone: what rates are chosen by.
    """
    digits = settings.get("digits", ())
    if settings.get("select"):
        return {"validation": evaluation(images("validation", digits=digits), clean(predictor))}
    epsilons = settings.get("epsilons", (EPSILON,))
    tested, few = (images(settings["test"], settings[name], digits) for name in ("tested", "attacked"))
    evaluate = {
        "test": evaluation(tested, under_fgsm(predictor, epsilons)),
        "attacked": evaluation(few, under_pgd(predictor, epsilons)),
    }
    if noise:
        evaluate["noise"] = evaluation(tested, under_noise)
    if settings.get("drawn"):
        drawn = images(settings["test"], settings["drawn"], digits)
        evaluate["drawn"] = evaluation(drawn, under_pgd(predictor, (*EPSILONS, LARGE)))
    return evaluate


def finished(runs: Iterable[Run]) -> Iterator[Run]:
    """Adds what follows from a run's metrics; its curves become errors over budgets in thousandths of the range.

    A diverged seed passes with no metrics and no curves.
    """
    for run in runs:
        metrics = dict(run.metrics)
        curves = {attack: _over_budgets(metrics, attack) for attack in ("fgsm", "pgd")}
        metrics = {name: value for name, value in metrics.items() if not name.startswith("drawn_")}
        if curves["fgsm"]:
            metrics |= {
                "large_budget_pgd": run.metrics[f"drawn_pgd_{thousandths(LARGE)}"],
                "largest_fall": max(a - b for (_, a), (_, b) in pairwise(curves["pgd"])),
            }
        if metrics.get("test_error") is not None:
            kept = [value or 0.0 for name, value in run.metrics.items() if name.endswith("budget_kept")]
            metrics |= {**_derived(metrics), "budget_kept": min(kept)}
        yield replace(run, metrics=metrics, curves={name: points for name, points in curves.items() if points})


def _over_budgets(metrics: Mapping[str, float | None], attack: str) -> list[tuple[int, float]]:
    names = {thousandths(e): f"drawn_{attack}_{thousandths(e)}" for e in EPSILONS}
    points = [(place, value) for place, name in names.items() if (value := metrics.get(name)) is not None]
    clean = metrics.get("test_error")
    return [(0, clean), *points] if points and clean is not None else []


def _derived(metrics: dict[str, float | None]) -> dict[str, float | None]:
    """Confidence on errors, noise against FGSM, and PGD against FGSM."""
    main = thousandths(EPSILON)
    found: dict[str, float | None] = {}
    for name in ("fgsm", "fgsm_clipped"):
        wrong, sure = metrics[f"test_{name}_{main}"] or 0.0, metrics.pop(f"test_{name}_sure") or 0.0
        found[f"test_{name}_confidence"] = sure / wrong if wrong else None
    signs, fooled = metrics.get("noise_signs_error"), metrics[f"test_fgsm_{main}"] or 0.0
    if signs is not None:
        found["signs_excess"] = signs - (metrics["test_error"] or 0.0)
        found["fgsm_over_signs"] = fooled / max(signs, 0.01)  # one image of the test set
    found["pgd_gain"] = (metrics[f"attacked_pgd_{main}"] or 0.0) - (metrics[f"attacked_fgsm_{main}"] or 0.0)
    return found | {"planted_found": metrics["attacked_planted_found"]}
