"""Is the automatic derivative of the slides' programs right: of a sine that adds up its series, and of a regression?

`sine` is computed, not drawn: the derivative of the program at pi, against that by hand, finite differences and the
truth, -1. `regression` fits four examples that the seed draws by 100 steps of 0.01, as the slides do.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import pi
from typing import Any

import numpy as np
from keras import ops

from common.gradients import input_gradient
from common.study import Arm, Tier
from common.training import Run
from reproductions.gradients import autodiff

DATASET = "synthetic"
METRICS = {
    "derivative": "automatic derivative of the program at pi",
    "apart": "distance of the automatic derivative from that by hand, count",
    "off": "distance of the automatic derivative from -1, count",
    "cut_apart": "distance of the automatic derivative from that by hand without its last term, count",
    "differences_apart": "distance of the automatic derivative from central differences, count",
    "sigmoid_apart": "largest distance of (tanh x + 1) / 2 from the sigmoid of 2x, from -8 to 8, count",
    "rises": "steps after which the loss of the regression is higher, count",
    "loss": "loss of the regression at the end over that at the start, ratio",
}
STEPS, RATE = 100, 0.01


def arms(tier: Tier) -> tuple[Arm, ...]:
    seeds = {"quick": (0,), "pilot": (20_000,), "full": ()}
    if tier not in seeds:
        return ()
    sine = Arm("sine", {"program": "sine"}, seeds[tier], seconds=0.1, megabytes=500)
    return sine, Arm("regression", {"program": "regression"}, seeds[tier], seconds=1.0, megabytes=500)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        if settings["program"] == "sine":
            yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=computed(), curves={})
        else:
            losses = fitted(np.random.default_rng(seed))
            metrics = {"rises": float(np.sum(np.diff(losses) > 0)), "loss": losses[-1] / losses[0]}
            curves = {"loss": list(enumerate(losses))}
            yield Run(seed=seed, status="ok", steps=STEPS, stopped=False, metrics=metrics, curves=curves)


def computed() -> dict[str, float]:
    found = autodiff.derivative(autodiff.sine, pi)
    step = 1e-5
    differences = (autodiff.sine(pi + step) - autodiff.sine(pi - step)) / (2 * step)
    x = np.linspace(-8, 8, 1601)
    return {
        "derivative": found,
        "apart": abs(found - autodiff.sine_slope(pi)),
        "off": abs(found + 1),
        "cut_apart": abs(found - autodiff.sine_slope(pi, terms=terms() - 1)),
        "differences_apart": abs(found - differences),
        "sigmoid_apart": float(np.abs((np.tanh(x) + 1) / 2 - 1 / (1 + np.exp(-2 * x))).max()),
    }


def terms() -> int:
    """How many terms the program adds up at pi, the first included."""
    count = 1
    while autodiff.sine_slope(pi, terms=count) != autodiff.sine_slope(pi):
        count += 1
    return count


def fitted(generator: np.random.Generator) -> list[float]:
    """The loss before each step and at the end, of four examples with three inputs and labels that a teacher gives."""
    with autodiff.double():
        x = generator.standard_normal((4, 3))
        y = ops.convert_to_tensor((x @ generator.standard_normal(3) > 0).astype(float))
        inputs, w, losses = ops.convert_to_tensor(x), ops.zeros(3, dtype="float64"), []

        def loss(w: Any) -> Any:
            right = (ops.tanh(ops.matmul(inputs, w)) + 1) / 2
            return -ops.sum(ops.log(right * y + (1 - right) * (1 - y)))

        for _ in range(STEPS):
            losses.append(float(loss(w)))
            w = w - RATE * input_gradient(loss, w)
        return [*losses, float(loss(w))]
