"""The rate at which each net is trained, and the grid of which it is the best.

Best by the clean error on validation images after all steps, the mean of one to three pilot seeds. Nets that are
trained alike have one rate wherever they stand; those of nets that no claim reads are edition 1's.
"""

from collections.abc import Mapping

RATES: Mapping[str, float] = {
    "softmax": 1e-2, "logistic_3_vs_7": 1e-1, "maxout": 3e-3,
    "mlp_clean": 2e-3, "mlp_noise": 3e-3, "mlp_fgsm": 2e-3,
    "mlp_dropout_clean": 3e-3, "mlp_dropout_noise": 3e-3, "mlp_dropout_fgsm": 3e-3,
    "cnn_clean": 1e-2, "cnn_fgsm": 1e-2,
    "ensemble": 3e-3, "saccades": 3e-3, "pretrained": 1e-3,
}  # fmt: skip
GRID = (1e-3, 3e-3, 1e-2)
FURTHER = {
    "cnn_clean": (3e-2,), "cnn_fgsm": (3e-2,), "pretrained": (3e-4,),
    "clean": (3e-4,), "fgsm": (3e-4,), "noise": (3e-4,),  # of `clean_error`
}  # fmt: skip
"""Where the best of these is at an end, what was tried beyond it."""
FINE = dict.fromkeys(("mlp_clean", "mlp_fgsm"), (3e-4, 1e-3, 2e-3, 3e-3, 1e-2))
LINEAR = dict.fromkeys(("softmax", "logistic_3_vs_7"), (3e-3, 1e-2, 3e-2, 1e-1, 3e-1))


def grid(name: str) -> tuple[float, ...]:
    """The rates that were tried: greater ones for a net without hidden layers, closer ones where a conclusion turns."""
    return {**LINEAR, **FINE}.get(name, tuple(sorted((*GRID, *FURTHER.get(name, ())))))
