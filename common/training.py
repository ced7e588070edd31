"""The engine's front: one ordinary Keras model, many seeds, one record for each.

An author hands over an `Experiment`: a function that builds a Keras model, one that builds an optimizer, a loss,
a source of batches, and what to evaluate. `train` gives back a `Run` for every seed. How the seeds are run side by
side, and on which backend, is the engine's business (`common/engine/`), never the author's.
"""

import os
from collections.abc import Iterator, Sequence

from common.engine import checking
from common.engine.experiment import Arrays, Evaluation, Experiment, History, Hyper, Run, Stream, key_words
from common.trials import NUMERICS

__all__ = [
    "NUMERICS", "Arrays", "Evaluation", "Experiment", "History", "Hyper", "Run", "Stream", "key_words", "train",
]  # fmt: skip


def train(experiment: Experiment, seeds: Sequence[int], *, lanes: int = 1) -> Iterator[Run]:
    """Trains one model per seed and yields a `Run` for each, in the order of `seeds`, as groups finish.

    Args:
        lanes: how many seeds share one program. It is part of a result's identity: the sums inside a matrix
            product may be ordered differently at another count. Short groups are padded, so that a seed's numbers
            do not depend on how seeds were grouped. Only JAX puts seeds side by side; elsewhere it must be 1.

    Raises:
        ValueError: no lanes, or more than one on a backend that runs one seed at a time; a seed that is no integer
            from 0 to 2**63 - 1, or is given twice. Names and shapes that only the model's calls tell are checked when
            the first seed begins, before its first step.
    """
    checking.whole(1, lanes=lanes)
    if lanes > 1 and os.environ.get("KERAS_BACKEND") != "jax":
        raise ValueError(f"lanes must be at least 1, and 1 on any backend but JAX; got {lanes}")
    checking.check_seeds(seeds := list(seeds))
    if os.environ.get("KERAS_BACKEND") == "jax":
        from common.engine import jax_engine

        return jax_engine.train(experiment, seeds, lanes)
    from common.engine import loop_engine

    return loop_engine.train(experiment, seeds)
