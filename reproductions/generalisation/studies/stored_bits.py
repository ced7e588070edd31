"""How many bits a weight does a net take that Keras has quantised to int4?

Counted from what Keras holds of the net of `weight_bits` after `quantize("int4")`: two weights a byte, and besides a
scale and a zero point for each group of 128 inputs of a unit, the group of each input as a float, and biases.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from common.study import Arm, Tier
from common.training import Run
from reproductions.generalisation import quantised

DATASET = "synthetic"
METRICS = {
    "bits_a_weight": "all bytes that the net holds, over its weights without biases, bits",
    "packed_bits": "bytes of the packed kernels alone, over the same, bits",
    "last_layer_bits": "the same as the first of its last layer, which has ten units, bits",
}
WIDTHS = (196, 100, 100, 10)


def arms(tier: Tier) -> tuple[Arm, ...]:
    """Nothing is drawn, so that one trial tells all."""
    return (Arm("net", {"widths": list(WIDTHS)}, seconds=0.5),) if tier == "full" else ()


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        widths = settings["widths"]
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=bits(widths), curves={})


def bits(widths: Sequence[int]) -> dict[str, float | None]:
    whole, last = quantised.stored(widths), quantised.stored(widths[-2:])
    weights = sum(a * b for a, b in pairwise(widths))
    return {
        "bits_a_weight": 8 * sum(whole.values()) / weights,
        "packed_bits": 8 * whole["kernel"] / weights,
        "last_layer_bits": 8 * sum(last.values()) / (widths[-2] * widths[-1]),
    }
