"""What do four layers of 2000 units err on, with and without dropout, beside a small net with an L2 penalty?

784-2000-2000-2000-2000-10 with dropout 0.5 hidden and 0.2 at the input and incoming weights of a length of at most 2,
the same net with neither, and 784-200-200-10 with an L2 penalty. Trained on training and validation images together.
Needs an accelerator. Rates are not piloted, as no pilot of this size fits a CPU: those of `helps`, and 0.03 where four
layers would go with its 0.1.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.dropout import model, nets

DATASET = "images"
SEEDS, ALL, EPOCHS, BATCH = 10, 60_000, 200, 250
RATES = {"large_dropout": 0.03, "large_plain": 0.03, "small_l2": 0.1}
SHAPES = {"large_dropout": (4, 2000), "large_plain": (4, 2000), "small_l2": (2, 200)}  # depth and width
OWN: dict[str, dict[str, Any]] = {
    "large_dropout": {"drop_hidden": nets.HIDDEN, "max_norm": 2.0, "l2": 0.0},
    "large_plain": {"drop_hidden": 0.0, "max_norm": None, "l2": 0.0},
    "small_l2": {"drop_hidden": 0.0, "max_norm": None, "l2": 1e-5},
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "gpu":
        return tuple(_arm(name, range(SEEDS)) for name in OWN)
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        return (_quick(range(PILOT_SEEDS, PILOT_SEEDS + 50)),)
    return ()


def _arm(name: str, seeds: Sequence[int]) -> Arm:
    shape = nets.on_test_images(nets.net(*SHAPES[name], ALL, EPOCHS, batch=BATCH))
    settings = shape | OWN[name] | {"rate": RATES[name], "refit": True}
    return Arm(name, settings, tuple(seeds), lanes=SEEDS, seconds=nets.seconds(settings) / 100, megabytes=4_000)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = nets.net(4, 256, 2_000, 40) | OWN["large_dropout"] | {"rate": 0.03, "refit": False}
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=2)


def penalised(l2: float, net: Any, x: Any, y: Any) -> Any:
    """Cross-entropy and `l2` times the sum of the squares of all weights, biases left out."""
    kernels = [variable for variable in net.trainable_variables if len(variable.shape) == 2]
    return model.cross_entropy(net, x, y) + l2 * sum(ops.sum(ops.square(kernel)) for kernel in kernels)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """Validation images that a net is trained on are not looked at again."""
    evaluate = nets.held_out(settings)
    if settings["refit"]:
        del evaluate["validation"]
    data = model.training_images(settings["images"], refit=settings["refit"])
    loss = partial(penalised, settings["l2"]) if settings["l2"] else model.cross_entropy
    base = nets.experiment(settings, data, evaluate=evaluate, loss=loss)
    return nets.changed(base, nets.dropped(settings["drop_hidden"]))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from train(experiment(settings), seeds, lanes=lanes)
