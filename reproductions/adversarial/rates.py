"""The rate at which each net is trained, and the grid of which it is the best.

Best by the clean error on validation images after all steps, the mean of two pilot seeds, of eight in a fine grid. Nets
that are trained alike have one rate wherever they stand.
"""

from collections.abc import Mapping

RATES: Mapping[str, float] = {
    "softmax": 1e-2, "logistic_3_vs_7": 1e-1, "maxout": 3e-3,
    "mlp_clean": 2e-3, "mlp_noise": 3e-3, "mlp_fgsm": 2e-3,
    "mlp_dropout_clean": 3e-3, "mlp_dropout_noise": 3e-3, "mlp_dropout_fgsm": 3e-3,
    "cnn_clean": 3e-3, "cnn_fgsm": 3e-3,
    "ensemble": 3e-3, "saccades": 3e-3, "pretrained": 3e-3,
}  # fmt: skip
GRID = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
FINE = dict.fromkeys(("mlp_clean", "mlp_fgsm"), (3e-4, 5e-4, 1e-3, 2e-3, 3e-3, 1e-2))
LINEAR = dict.fromkeys(("softmax", "logistic_3_vs_7"), (3e-3, 1e-2, 3e-2, 1e-1, 3e-1))


def grid(name: str) -> tuple[float, ...]:
    """The rates that were tried: greater ones for a net without hidden layers, closer ones where a conclusion turns."""
    return {**LINEAR, **FINE}.get(name, GRID)
