"""A recurrent net, its backward pass through time by hand, and bugs planted in it.

6 steps of 3 inputs, 5 tanh units with a learned first state, and 3 classes at each step: which input was largest one
step before, so that there is something to remember. Arrays are (steps, examples, …).
"""

from types import ModuleType
from typing import Any

import numpy as np

from reproductions.gradients.planted import (
    Array,
    Batch,
    Rules,
    Weights,
    bug,
    cross_entropy,
    normal,
    one_hot,
    softmax,
)

STEPS, INPUTS, UNITS = 6, 3, 5


def weights(generator: np.random.Generator) -> Weights:
    sizes = {"w": (INPUTS, UNITS), "u": (UNITS, UNITS), "v": (UNITS, INPUTS)}
    found = {name: normal(generator, *shape) for name, shape in sizes.items()}
    return found | {n: 0.1 * generator.standard_normal(k) for n, k in (("b", UNITS), ("c", INPUTS), ("first", UNITS))}


def batch(generator: np.random.Generator, examples: int) -> Batch:
    x = generator.standard_normal((STEPS, examples, INPUTS))
    return x, one_hot(np.roll(x, 1, axis=0).argmax(axis=2), INPUTS)  # the first step is asked for the last one


def loss(w: Any, of: Any, xp: ModuleType = np) -> Any:
    """Cross-entropy, a mean over steps and examples."""
    return cross_entropy(xp.stack(_forward(w, of[0], xp)[1]), of[1], xp)


def _forward(w: Any, x: Any, xp: ModuleType) -> tuple[list[Any], list[Any]]:
    """The states, the first of them that before any step, and the logits of each step."""
    states = [w["first"] + 0 * (x[0] @ w["w"])]
    for one in x:
        states.append(xp.tanh(one @ w["w"] + states[-1] @ w["u"] + w["b"]))
    return states, [state @ w["v"] + w["c"] for state in states[1:]]


def _mean(p: Array, y: Array, t: int) -> Array:
    return (p - y) / (STEPS * len(y))


RULES: Rules = {
    "softmax": _mean,
    "carry": lambda d, before, u, t: d @ u.T,
    "slope": lambda d, states, t: d * (1 - states[t + 1] ** 2),
    "add": lambda total, more: total + more,
    "inputs": lambda x, d, t: x[t].T @ d,
    "recurrent": lambda states, d, t: states[t].T @ d,
    "bias": lambda d, t: d.sum(axis=0),
    "first": lambda d, u: (d @ u.T).sum(axis=0),
}


def gradient(w: Weights, of: Batch, rules: Rules = RULES) -> Weights:
    x, y = of
    states, logits = _forward(w, x, np)
    found = {name: np.zeros_like(value) for name, value in w.items()}
    d = before = np.zeros_like(states[0])
    for t in reversed(range(STEPS)):
        out = rules["softmax"](softmax(logits[t]), y[t], t)
        found["v"] += states[t + 1].T @ out
        found["c"] += out.sum(axis=0)
        before = out @ w["v"].T + rules["carry"](d, before, w["u"], t)
        d = rules["slope"](before, states, t)
        found["w"] = rules["add"](found["w"], rules["inputs"](x, d, t))
        found["u"] = rules["add"](found["u"], rules["recurrent"](states, d, t))
        found["b"] += rules["bias"](d, t)
    return found | {"first": rules["first"](d, w["u"])}


LAST = STEPS - 1
BUGS = {
    "state_one_late": bug("a step's own state in place of the one before", recurrent=lambda s, d, t: s[t + 1].T @ d),
    "slope_one_early": bug("tanh's slope of the step before", slope=lambda d, s, t: d * (1 - s[t] ** 2)),
    "slope_forgotten": bug("tanh counts as linear", slope=lambda d, s, t: d),
    "nothing_carried": bug("no gradient through time", carry=lambda d, before, u, t: 0 * d),
    "carried_two_steps": bug(
        "through two steps and no further", carry=lambda d, before, u, t: (d @ u.T) * (t % 3 != 2)
    ),
    "carried_untransposed": bug("the square matrix goes back as it came", carry=lambda d, before, u, t: d @ u),
    "carried_past_the_slope": bug("carried before tanh's slope", carry=lambda d, before, u, t: before @ u.T),
    "last_step_alone": bug("only the last step's loss", softmax=lambda p, y, t: _mean(p, y, t) * (t == LAST)),
    "steps_summed": bug("the sum over the steps in place of their mean", softmax=lambda p, y, t: (p - y) / len(y)),
    "overwritten": bug("= in place of +=", add=lambda total, more: more),
    "inputs_reversed": bug("inputs in the order of the way back", inputs=lambda x, d, t: x[LAST - t].T @ d),
    "bias_of_the_last_step": bug(
        "the bias hears of the last step alone", bias=lambda d, t: d.sum(axis=0) * (t == LAST)
    ),
    "first_state_forgotten": bug("the learned first state has no gradient", first=lambda d, u: 0 * u[0]),
    "first_state_averaged": bug("its mean over the batch", first=lambda d, u: (d @ u.T).mean(axis=0)),
}
