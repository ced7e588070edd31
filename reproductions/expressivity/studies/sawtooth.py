"""Does a net of four layers of 12 units come closer to a sawtooth of many teeth than one layer of 48, when trained?

The target goes up and down between 0 and 1 in that many straight pieces over [0, 1]. Inputs are drawn afresh; Adam,
each arm at a rate of its own, the best of its grid on pilot seeds. Errors are in units of the target's variance: 1 is
answering 1/2.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, Stream, train

DATASET = "synthetic"
METRICS = {
    "test_error": "squared error on fresh inputs at the end, in units of the target's variance",
    "train_loss": "mean squared error since the look before, a number",
}
SHAPES = {"1x48": (48,), "4x12": (12,) * 4}
TEETH = (4, 16, 32)
BATCH, STEPS, SIZE = 256, 5_000, 4_096
VARIANCE = 1 / 12
GRID = (0.001, 0.003, 0.01, 0.03, 0.1)
WIDER = {"4x12_teeth4": (0.0001, 0.0003), "1x48_teeth16": (0.3, 1.0), "1x48_teeth32": (0.0001, 0.0003)}
"""More rates, of arms whose best one lay at the end of the grid."""
RATES = {
    "1x48_teeth4": 0.01, "4x12_teeth4": 0.001, "1x48_teeth16": 0.1, "4x12_teeth16": 0.01, "1x48_teeth32": 0.001,
    "4x12_teeth32": 0.01,
}  # fmt: skip
PILOTS = 4


def arms(tier: Tier) -> tuple[Arm, ...]:
    names = [(shape, teeth) for teeth in TEETH for shape in SHAPES]
    if tier == "full":
        return tuple(_arm(shape, teeth, RATES[f"{shape}_teeth{teeth}"]) for shape, teeth in names)
    if tier == "pilot":
        seeds = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + PILOTS)
        tried = ((shape, teeth, rate) for shape, teeth in names for rate in grid(f"{shape}_teeth{teeth}"))
        return tuple(_arm(shape, teeth, rate, seeds, f"_rate_{rate:g}") for shape, teeth, rate in tried)
    return ()


def grid(name: str) -> tuple[float, ...]:
    """The rates that pilots of an arm try."""
    return (*GRID, *WIDER.get(name, ()))


def _arm(shape: str, teeth: int, rate: float, seeds: Sequence[int] = (), suffix: str = "") -> Arm:
    settings = {"widths": list(SHAPES[shape]), "teeth": teeth, "rate": rate, "steps": STEPS}
    return Arm(f"{shape}_teeth{teeth}{suffix}", settings, tuple(seeds), lanes=4, seconds=0.5)


def sawtooth(x: Any, teeth: int) -> Any:
    """From 0 at 0 up to 1 and down again, `teeth` straight pieces over [0, 1]."""
    phase = ops.mod(x * teeth, 2.0)
    return 1 - ops.abs(phase - 1)


def draw(teeth: int) -> Stream:
    def drawn(seeds: Any, count: int) -> tuple[Any, Any]:
        x = keras.random.uniform((count, 1), seed=seeds)
        return 2 * x - 1, sawtooth(x, teeth)

    return Stream(drawn)


def net(widths: Sequence[int]) -> Any:
    entry = keras.Input((1,))
    x = entry
    for width in widths:
        x = keras.layers.Dense(width, "relu", kernel_initializer="he_normal")(x)
    return keras.Model(entry, keras.layers.Dense(1)(x))


def squared(net: Any, x: Any, y: Any) -> Any:
    return ops.mean(ops.square(net(x, training=True) - y))


def relative(net: Any, x: Any, y: Any) -> dict[str, Any]:
    return {"error": ops.mean(ops.square(net(x, training=False) - y)) / VARIANCE}


def experiment(settings: Mapping[str, Any]) -> Experiment:
    fresh = draw(settings["teeth"])
    return Experiment(
        build_model=lambda hyper: net(settings["widths"]),
        build_optimizer=lambda hyper: keras.optimizers.Adam(lambda: hyper["rate"]),
        loss=squared,
        data=fresh,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={"test": Evaluation(fresh, relative, SIZE, SIZE)},
        evaluate_every=settings["steps"] // 10,
        hyper={"rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from train(experiment(settings), seeds, lanes=lanes)
