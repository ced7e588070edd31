"""What do the published nets reach, at their own size: four layers of 2000, and three of 1024 for a million steps?

Meant for an accelerator: on one core a seed of four layers of 2000 takes over two hours, and a million steps of three
of 1024 nine. The nets of a million steps are for the table of published numbers and are not judged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.dropout import model
from reproductions.dropout.model import HIDDEN, INPUT, MAX_NORM, RATES

DATASET = "images"
BATCH, STEPS, MILLION = 128, 200 * 468, 1_000_000
DROPOUT: dict[str, Any] = {
    "hidden": HIDDEN,
    "pixels": INPUT,
    "max_norm": MAX_NORM,
    "l2": 0.0,
    "rate_of": "dropout_max_norm",
}
PLAIN: dict[str, Any] = {"hidden": 0.0, "pixels": 0.0, "max_norm": 0.0, "l2": 0.0, "rate_of": "plain"}


def arms(tier: Tier) -> tuple[Arm, ...]:
    ten, pilots = tuple(range(10)), tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
    if tier == "gpu":
        large, three = [2000] * 4, [1024] * 3
        return (
            _arm("small_l2", ten, [200, 200], **{**PLAIN, "l2": 1e-4}),
            _arm("large_plain", ten, large, **PLAIN),
            _arm("large_dropout", ten, large, **DROPOUT),
            _arm("million_dropout", ten[:3], three, steps=MILLION, seconds=150, **{**DROPOUT, "max_norm": 0.0}),
            _arm("million_dropout_max_norm", ten[:3], three, steps=MILLION, seconds=150, **DROPOUT),
        )
    quick = _arm("quick", ten[:8], [100] * 4, images=1_000, steps=300, on="validation", seconds=0.6, **DROPOUT)
    if tier == "quick":
        return (quick,)
    return (replace(quick, seeds=pilots),) if tier == "pilot" and RATES else ()


def _arm(
    name: str,
    seeds: tuple[int, ...],
    widths: Sequence[int],
    *,
    rate_of: str,
    images: int = 60_000,
    steps: int = STEPS,
    on: str = "test",
    seconds: float = 40,
    **net: float,
) -> Arm:
    rate = model.learning_rate(rate_of, widths[0], "helps")
    settings: dict[str, Any] = {
        "widths": list(widths),
        "images": images,
        "steps": steps,
        "every": steps // 10 if on == "test" else steps,
        "batch": BATCH,
    }
    settings |= {"on": [on], "held_out": 10_000 if on == "test" else 2_000, "rate": rate, **net}
    return Arm(name, settings, seeds, lanes=len(seeds), seconds=seconds, megabytes=8000 if on == "test" else 1200)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    plain = model.classifier(settings, settings["rate"], settings["hidden"], settings["pixels"], settings["max_norm"])

    def penalised(net: Any, x: Any, y: Any) -> Any:
        squares = [ops.sum(ops.square(v)) for v in net.trainable_variables if len(v.shape) == 2]
        return model.cross_entropy(net, x, y) + settings["l2"] * sum(squares)

    return replace(plain, loss=penalised) if settings["l2"] else plain


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from train(experiment(settings), seeds, lanes=lanes)
