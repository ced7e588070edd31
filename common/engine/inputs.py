"""What a compiled program is given beside a seed's state, with an axis for seeds side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np

from common.engine.experiment import Arrays, Experiment

Shared = Mapping[str, tuple[jax.Array, jax.Array]]  # arrays that every seed reads: training set, evaluation sets


def shared_arrays(experiment: Experiment) -> Shared:
    sources = {"train": experiment.data} | {name: e.data for name, e in experiment.evaluate.items()}
    # Put there, not converted: an array at a multiple of 64 bytes is then used as it is.
    return {
        name: (jax.device_put(source.x), jax.device_put(source.y))
        for name, source in sources.items()
        if isinstance(source, Arrays)
    }


def stacked(lanes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One array a name with a row for each lane; without that axis where there is one lane."""
    if len(lanes) == 1:
        return dict(lanes[0])
    return {name: np.stack([lane[name] for lane in lanes]) for name in lanes[0]}


def scalars(hyper: Mapping[str, float]) -> dict[str, np.float32]:
    return {name: np.float32(value) for name, value in hyper.items()}
