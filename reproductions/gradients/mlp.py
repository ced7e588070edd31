"""A fully connected net with batch normalisation, tanh, ReLU and weight decay, its backward pass by hand, and bugs.

6 inputs, 8 normalised tanh units, 8 ReLU units, 4 classes: the second matrix is square, as in nets where a forgotten
transpose raises no error. The labels are those of a random linear teacher.
"""

from types import ModuleType
from typing import Any

import numpy as np

from reproductions.gradients.planted import (
    Batch,
    Rules,
    Weights,
    bug,
    cross_entropy,
    normal,
    one_hot,
    softmax,
)

INPUTS, UNITS, CLASSES = 6, 8, 4
DECAY, EPSILON = 0.01, 1e-5  # that of Keras' and PyTorch's normalisation is 1e-3 and 1e-5


def weights(generator: np.random.Generator) -> Weights:
    sizes = {"w1": (INPUTS, UNITS), "w2": (UNITS, UNITS), "w3": (UNITS, CLASSES)}
    found = {name: normal(generator, *shape) for name, shape in sizes.items()}
    found |= {"scale": 1 + 0.1 * generator.standard_normal(UNITS)}
    return found | {
        n: 0.1 * generator.standard_normal(k) for n, k in (("shift", UNITS), ("b2", UNITS), ("b3", CLASSES))
    }


def batch(generator: np.random.Generator, examples: int) -> Batch:
    x = generator.standard_normal((examples, INPUTS))
    return x, one_hot((x @ generator.standard_normal((INPUTS, CLASSES))).argmax(axis=1), CLASSES)


def loss(w: Any, of: Any, xp: ModuleType = np) -> Any:
    """Mean cross-entropy and half the decay times the squared matrices."""
    *_, logits = _forward(w, of[0], xp)
    return cross_entropy(logits, of[1], xp) + DECAY / 2 * sum((w[m] ** 2).sum() for m in ("w1", "w2", "w3"))


def _forward(w: Any, x: Any, xp: ModuleType) -> tuple[Any, ...]:
    z = x @ w["w1"]
    std = xp.sqrt(z.var(axis=0) + EPSILON)
    norm = (z - z.mean(axis=0)) / std
    u = norm * w["scale"] + w["shift"]
    a = xp.tanh(u)
    v = a @ w["w2"] + w["b2"]
    r = v * (v > 0)
    return std, norm, u, a, v, r, r @ w["w3"] + w["b3"]


RULES: Rules = {
    "softmax": lambda p, y: (p - y) / len(y),
    "bias": lambda d: d.sum(axis=0),
    "back": lambda d, w: d @ w.T,
    "relu": lambda d, v: d * (v > 0),
    "tanh": lambda d, u, a: d * (1 - a**2),
    "scale": lambda d, norm: (d * norm).sum(axis=0),
    "norm": lambda d, norm, std: (d - d.mean(axis=0) - norm * (d * norm).mean(axis=0)) / std,
    "decay": lambda w: DECAY * w,
}


def gradient(w: Weights, of: Batch, rules: Rules = RULES) -> Weights:
    x, y = of
    std, norm, u, a, v, r, logits = _forward(w, x, np)
    d3 = rules["softmax"](softmax(logits), y)
    d2 = rules["relu"](d3 @ w["w3"].T, v)
    du = rules["tanh"](rules["back"](d2, w["w2"]), u, a)
    d1 = rules["norm"](du * w["scale"], norm, std)
    found = {"w1": x.T @ d1, "w2": a.T @ d2, "w3": r.T @ d3}
    found = {name: g + rules["decay"](w[name]) for name, g in found.items()}
    found |= {"scale": rules["scale"](du, norm), "shift": rules["bias"](du)}
    return found | {"b2": rules["bias"](d2), "b3": rules["bias"](d3)}


BUGS = {
    "batch_not_divided": bug("the sum over the batch in place of its mean", softmax=lambda p, y: p - y),
    "batch_divided_twice": bug("divided by the batch twice", softmax=lambda p, y: (p - y) / len(y) ** 2),
    "sign": bug("target less output", softmax=lambda p, y: (y - p) / len(y)),
    "label_forgotten": bug("the label is not subtracted", softmax=lambda p, y: p / len(y)),
    "bias_averaged": bug("the mean over the batch where its sum is due", bias=lambda d: d.mean(axis=0)),
    "matrix_not_transposed": bug("the square matrix goes back as it came", back=lambda d, w: d @ w),
    "relu_mask_forgotten": bug("ReLU passes every gradient", relu=lambda d, v: d),
    "relu_mask_of_gradient": bug("ReLU is applied to the gradient itself", relu=lambda d, v: d * (d > 0)),
    "tanh_slope_forgotten": bug("tanh counts as linear", tanh=lambda d, u, a: d),
    "tanh_slope_of_input": bug("1 - u² of what goes into tanh", tanh=lambda d, u, a: d * (1 - u**2)),
    "norm_as_constants": bug("mean and deviation count as constants", norm=lambda d, norm, std: d / std),
    "norm_mean_alone": bug("only the mean counts as computed", norm=lambda d, norm, std: (d - d.mean(axis=0)) / std),
    "norm_epsilon_forgotten": bug(
        "the deviation without its epsilon",
        norm=lambda d, norm, std: RULES["norm"](d, norm, np.sqrt(std**2 - EPSILON)),
    ),
    "decay_forgotten": bug("the penalty has no gradient", decay=lambda w: 0 * w),
    "decay_doubled": bug("as of a penalty without its half", decay=lambda w: 2 * DECAY * w),
}
