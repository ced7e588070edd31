"""Do four layers of 2000 units err less with dropout, beside a small net with an L2 penalty?

784-2000-2000-2000-2000-10 with dropout 0.5 hidden and 0.2 at the input, the same net without, and 784-200-200-10 with
an L2 penalty, for 20 epochs on training and validation images together, which is what one core affords in twenty
minutes. The large nets take the rates of four layers of 1200 units in `grid`, the small one has pilots.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.dropout import model, nets
from reproductions.dropout.studies import grid

DATASET = "images"
METRICS = {
    "test_error": "share of test images misread with dropout off, %",
    "test_nll": "mean of -log p(label) on test images, nats",
    "validation_error": "share of validation images misread, of pilots alone, %",
    "validation_nll": "mean of -log p(label) on validation images, of pilots alone, nats",
    "train_loss": "mean loss of the last batches with dropout on and the penalty, nats",
}
ALL, PILOT_IMAGES, EPOCHS = 60_000, 50_000, 20
TRIED = (*nets.GRID, nets.BEYOND["plain"])
PLAIN_RATE, DROPOUT_RATE = grid.RATES["width1200_depth4"]
RATES = {"dropout": DROPOUT_RATE, "plain": PLAIN_RATE, "small_l2": 0.03}
SHAPES = {"dropout": (4, 2000), "plain": (4, 2000), "small_l2": (2, 200)}  # depth and width
OWN: dict[str, dict[str, Any]] = {
    "dropout": {"drop_hidden": nets.HIDDEN, "l2": 0.0},
    "plain": {"drop_hidden": 0.0, "l2": 0.0},
    "small_l2": {"drop_hidden": 0.0, "l2": 1e-5},
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        shapes = {name: nets.on_test_images(nets.net(*SHAPES[name], ALL, EPOCHS)) for name in OWN}
        return tuple(_arm(name, shapes[name] | OWN[name] | {"refit": True}, RATES[name], ()) for name in OWN)
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        small = nets.net(*SHAPES["small_l2"], PILOT_IMAGES, EPOCHS) | OWN["small_l2"]
        return (_quick(seeds), *(_arm(f"small_l2_rate_{rate:g}", small, rate, seeds[:2]) for rate in TRIED))
    return ()


def _arm(name: str, settings: Mapping[str, Any], rate: float, seeds: Sequence[int]) -> Arm:
    seconds = 1.4 * nets.seconds(settings)  # so many weights take as long again to change as to read
    return Arm(name, {**settings, "rate": rate}, tuple(seeds), seconds=seconds, megabytes=2_000)


def _quick(seeds: Sequence[int]) -> Arm:
    """With a limit on norms, as its bound was piloted."""
    settings = nets.net(4, 256, 2_000, 40) | OWN["dropout"] | {"max_norm": 2.0, "rate": 0.03}
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=2)


def penalised(l2: float, net: Any, x: Any, y: Any) -> Any:
    """Cross-entropy and `l2` times the sum of the squares of all weights, biases left out."""
    kernels = [variable for variable in net.trainable_variables if len(variable.shape) == 2]
    return model.cross_entropy(net, x, y) + l2 * sum(ops.sum(ops.square(kernel)) for kernel in kernels)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """Validation images that a net is trained on are not looked at again."""
    loss = partial(penalised, settings["l2"]) if settings["l2"] else model.cross_entropy
    refit, evaluate = settings.get("refit", False), nets.held_out(settings)
    if refit:
        del evaluate["validation"]
    data = model.training_images(settings["images"], refit=refit)
    base = nets.experiment(settings, data, loss=loss, evaluate=evaluate)
    return nets.changed(base, nets.dropped(settings["drop_hidden"]))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from map(nets.rounded, train(experiment(settings), seeds, lanes=lanes))
