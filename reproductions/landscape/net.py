"""A net of one hidden tanh layer with its loss, gradient and Hessian written out, in float64. NumPy alone.

Eigenvalues near zero need more digits than the engine's float32 has; `test_curvature.py` holds all three against JAX
and finite differences. Weights are one vector: first layer (inputs + 1, hidden), the bias its last row, then the second
(hidden + 1, outputs).
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """A net's shape, its examples and the loss on them.

    Attributes:
        x: inputs, shape (examples, inputs).
        y: targets, shape (examples, outputs); of `softmax` one-hot.
        hidden: units.
        loss: `squared` is the mean over examples of half the squared error, `softmax` the mean cross-entropy in nats.
        decay: half of it times the squared norm of all weights is added.
    """

    x: Numbers
    y: Numbers
    hidden: int
    loss: Literal["squared", "softmax"] = "squared"
    decay: float = 0.0

    @property
    def weights(self) -> int:
        return int((self.x.shape[1] + 1) * self.hidden + (self.hidden + 1) * self.y.shape[1])

    def start(self, generator: np.random.Generator) -> Numbers:
        """Glorot's uniform weights, biases zero, shape (weights,)."""
        inputs, outputs = self.x.shape[1], self.y.shape[1]
        layers = []
        for fan_in, fan_out in ((inputs, self.hidden), (self.hidden, outputs)):
            end = np.sqrt(6 / (fan_in + fan_out))
            layers.append(np.vstack([generator.uniform(-end, end, (fan_in, fan_out)), np.zeros((1, fan_out))]))
        return np.concatenate([layer.ravel() for layer in layers])

    def batch(self, rows: Any) -> "Problem":
        """The same net on some of the examples."""
        return Problem(self.x[rows], self.y[rows], self.hidden, self.loss, self.decay)


def value(problem: Problem, weights: Numbers) -> float:
    return _forward(problem, weights)[0]


def gradient(problem: Problem, weights: Numbers) -> tuple[float, Numbers]:
    """Loss, and its gradient, shape (weights,)."""
    loss, x, units, second, slope, _ = _forward(problem, weights)
    back = (slope @ second[:-1].T) * (1 - units[:, :-1] ** 2)
    return loss, np.concatenate([(x.T @ back).ravel(), (units.T @ slope).ravel()]) + problem.decay * weights


def hessian(problem: Problem, weights: Numbers) -> tuple[float, Numbers, Numbers]:
    """Loss, gradient (weights,) and Hessian (weights, weights).

    The Hessian is Jᵀ S J, with J that of the outputs and S the loss's second derivative in them (the Gauss-Newton
    matrix), and what the outputs themselves curve, weighted by the loss's slope.
    """
    loss, x, units, second, slope, probabilities = _forward(problem, weights)
    z, outputs = units[:, :-1], second.shape[1]
    count, inputs, hidden = len(x), x.shape[1], z.shape[1]
    first_slope, bend = 1 - z**2, -2 * z * (1 - z**2)
    inner = np.einsum("ni,nj,jk->nkij", x, first_slope, second[:-1]).reshape(count, outputs, inputs * hidden)
    outer = np.einsum("nj,kl->nkjl", units, np.eye(outputs)).reshape(count, outputs, -1)
    jacobian = np.concatenate([inner, outer], axis=2)
    root = np.sqrt(1 / count) * jacobian
    if probabilities is not None:  # S = diag(p) - p pᵀ is RᵀR with R = diag(√p) (1 - 1 pᵀ)
        centred = jacobian - np.einsum("nk,nkw->nw", probabilities, jacobian)[:, None]
        root = np.sqrt(probabilities / count)[:, :, None] * centred
    flat = root.reshape(count * outputs, -1)
    matrix = flat.T @ flat
    size = inputs * hidden
    curved = (slope @ second[:-1].T) * bend
    blocks = np.einsum("nj,na,nb->jab", curved, x, x, optimize=True)
    for j in range(hidden):
        matrix[j:size:hidden, j:size:hidden] += blocks[j]
    mixed = np.einsum("nk,nj,na->ajk", slope, first_slope, x, optimize=True)
    cross = np.zeros((inputs, hidden, hidden + 1, outputs))
    cross[:, range(hidden), range(hidden), :] = mixed
    cross = cross.reshape(size, -1)
    matrix[:size, size:] += cross
    matrix[size:, :size] += cross.T
    back = (slope @ second[:-1].T) * first_slope
    down = np.concatenate([(x.T @ back).ravel(), (units.T @ slope).ravel()]) + problem.decay * weights
    return loss, down, matrix + problem.decay * np.eye(len(weights))


def _forward(problem: Problem, weights: Numbers) -> tuple[float, Numbers, Numbers, Numbers, Numbers, Numbers | None]:
    """Loss, inputs and units with a column of ones, the second layer, slope in the outputs, probabilities."""
    count, inputs = problem.x.shape
    size = (inputs + 1) * problem.hidden
    first, second = weights[:size].reshape(inputs + 1, -1), weights[size:].reshape(problem.hidden + 1, -1)
    x = np.hstack([problem.x, np.ones((count, 1))])
    units = np.hstack([np.tanh(x @ first), np.ones((count, 1))])
    outputs = units @ second
    penalty = problem.decay / 2 * float(weights @ weights)
    if problem.loss == "squared":
        residual = outputs - problem.y
        return 0.5 * float((residual**2).sum()) / count + penalty, x, units, second, residual / count, None
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    probabilities = np.exp(logs)
    loss = -float((problem.y * logs).sum()) / count
    return loss + penalty, x, units, second, (probabilities - problem.y) / count, probabilities
