"""Perturbations that raise a classifier's loss, each pixel within a budget, and what makes them count.

Inputs are (n, pixels) in [0, 1], and so is the unit of every budget. An attack sees the classifier through `predict`,
which gives logits or log-probabilities (n, classes) and must change no state. Probabilities are refused: of a trained
net four in ten are so sure that they have no gradient in single precision, and an attack leaves those images alone.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from common.engine.logits import checked
from common.gradients import input_gradient

Tensor = Any
Predict = Callable[[Tensor], Tensor]
Attack = Callable[[Predict, Tensor, Tensor], Tensor]  # predict, inputs, labels (n,) to perturbed inputs

TOLERANCE = 1e-6  # by which rounding may exceed a budget
PGD_STEPS = 40  # each of 1/25 of the budget, so 0.01 at 0.25


def log_odds(scores: Tensor, labels: Tensor) -> Tensor:
    """(n,) log of the odds against the label. Cross-entropy is its softplus, so their gradients have the same sign.

    Unlike that of cross-entropy, its gradient does not vanish where a softmax is saturated in single precision.

    Raises:
        ValueError: scores are not (n, classes) of two classes or more, or labels are not (n,).
    """
    _check(scores, labels)
    own = ops.one_hot(labels, scores.shape[-1], dtype="bool")
    others = ops.logsumexp(ops.where(own, -1e30, scores), axis=-1)
    return others - ops.sum(ops.where(own, scores, 0.0), axis=-1)


def _check(scores: Tensor, labels: Tensor) -> None:
    shape = tuple(scores.shape)
    if len(shape) != 2 or shape[1] < 2:
        raise ValueError(f"scores have shape {shape}: give (n, classes), a column for each of two classes or more")
    if ops.ndim(labels) != 1:
        raise ValueError(f"labels have {ops.ndim(labels)} axes: give the number of each input's class, (n,)")


def fgsm(predict: Predict, x: Tensor, labels: Tensor, epsilon: float, *, clip: bool = False) -> Tensor:
    """x + epsilon · sign of the gradient of the loss; with `clip` cut to [0, 1] (Goodfellow et al. 2015, section 4).

    Raises:
        ValueError: `predict` gives probabilities, or scores or labels have a wrong shape; so does `pgd`.
    """
    return _cut(x + epsilon * ops.sign(_slope(predict, x, labels)), clip)


def pgd(
    predict: Predict,
    x: Tensor,
    labels: Tensor,
    epsilon: float,
    *,
    start: Tensor,
    steps: int = PGD_STEPS,
    clip: bool = False,
) -> Tensor:
    """So many sign steps from x + start, each cut to the budget; the last one counts (Madry et al. 2018, section 2.1).

    Args:
        start: of the shape of x, within ± epsilon; drawn anew for every restart.
    """

    def climb(_: Any, moved: Tensor) -> Tensor:
        moved = moved + epsilon / 25 * ops.sign(_slope(predict, moved, labels))
        return _cut(ops.clip(moved, x - epsilon, x + epsilon), clip)

    return ops.fori_loop(0, steps, climb, _cut(x + start, clip))


def _slope(predict: Predict, x: Tensor, labels: Tensor) -> Tensor:
    scores = checked(predict)
    return input_gradient(lambda x: ops.sum(log_odds(scores(x), labels)), x)


def _cut(x: Tensor, clip: bool) -> Tensor:
    return ops.clip(x, 0.0, 1.0) if clip else x


def within_budget(moved: Tensor, x: Tensor, epsilon: float, *, clip: bool = False) -> Tensor:
    """(n,) whether each perturbed input is finite, within `epsilon` in every pixel and, if it must be, in [0, 1]."""
    change = ops.max(ops.abs(moved - x), axis=-1)  # a comparison with not-a-number is false
    kept = change <= epsilon + TOLERANCE
    if clip:
        kept = kept & (ops.min(moved, axis=-1) >= -TOLERANCE) & (ops.max(moved, axis=-1) <= 1 + TOLERANCE)
    return kept


def fooled(predict: Predict, moved: Tensor, x: Tensor, labels: Tensor, epsilon: float, *, clip: bool = False) -> Tensor:
    """(n,) whether each perturbed input is classified wrongly; one outside the budget does not count."""
    scores = predict(moved)
    _check(scores, labels)
    wrong = ops.cast(ops.argmax(scores, axis=-1), "int32") != ops.cast(labels, "int32")
    return wrong & within_budget(moved, x, epsilon, clip=clip)


def finds_planted(attack: Attack, pixels: int, epsilon: float, count: int = 16) -> Tensor:
    """The share of planted adversarial examples that an attack finds; of a working one, 1.

    Each input is grey and has a linear classifier of its own, which errs only on changes that have 90 % of the effect
    of the strongest one within the budget (at most 0.5): an active test (Zimmermann et al. 2022, section 3).
    """
    drawn = np.random.default_rng(0).standard_normal((count, pixels)).astype(np.float32)
    weights = ops.convert_to_tensor(drawn)
    barrier = ops.convert_to_tensor(0.9 * epsilon * np.abs(drawn).sum(axis=1))
    grey = ops.full((count, pixels), 0.5)
    labels = ops.zeros((count,), "int32")

    def predict(x: Tensor) -> Tensor:
        effect = ops.sum((x - 0.5) * weights, axis=-1) - barrier
        return ops.stack([ops.zeros_like(effect), effect], axis=-1)

    found = fooled(predict, attack(predict, grey, labels), grey, labels, epsilon, clip=True)
    return ops.mean(ops.cast(found, "float32"))
