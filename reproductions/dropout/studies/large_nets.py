"""What do four layers of 2000 units err on, with and without dropout, beside a small net with an L2 penalty?

784-2000-2000-2000-2000-10 with dropout 0.5 hidden and 0.2 at the input, the same net without, and 784-200-200-10 with
an L2 penalty. The rate of each is chosen on validation images after three of the fifteen epochs, which are what a CPU
can afford; then the net is trained on training and validation images together.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.dropout import model, nets

DATASET = "images"
METRICS = {
    "test_error": "share of test images misread with dropout off, %",
    "test_nll": "mean of -log p(label) on test images, nats",
    "validation_error": "share of validation images misread, of pilots and the quick tier alone, %",
    "validation_nll": "mean of -log p(label) on validation images, of pilots and the quick tier alone, nats",
    "train_loss": "mean loss of the last batches with dropout on and the penalty, nats",
}
ALL, EPOCHS, BATCH, PILOT_IMAGES, PILOT_EPOCHS = 60_000, 15, 250, 50_000, 3
TRIED = (*nets.GRID, nets.BEYOND["plain"])
RATES = {"dropout": 0.03, "plain": 0.03, "small_l2": 0.1}
SHAPES = {"dropout": (4, 2000), "plain": (4, 2000), "small_l2": (2, 200)}  # depth and width
OWN: dict[str, dict[str, Any]] = {
    "dropout": {"drop_hidden": nets.HIDDEN, "l2": 0.0},
    "plain": {"drop_hidden": 0.0, "l2": 0.0},
    "small_l2": {"drop_hidden": 0.0, "l2": 1e-5},
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        shapes = {name: nets.on_test_images(nets.net(*SHAPES[name], ALL, EPOCHS, batch=BATCH)) for name in OWN}
        return tuple(_arm(name, shapes[name] | OWN[name], RATES[name], ()) for name in OWN)
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        shapes = {name: nets.net(*SHAPES[name], PILOT_IMAGES, PILOT_EPOCHS, batch=BATCH) for name in OWN}
        tried = [(name, rate) for name in OWN for rate in TRIED]
        return (
            _quick(seeds),
            *(_arm(f"{name}_rate_{rate:g}", shapes[name] | OWN[name], rate, seeds[:2]) for name, rate in tried),
        )
    return ()


def _arm(name: str, settings: Mapping[str, Any], rate: float, seeds: Sequence[int]) -> Arm:
    own = {**settings, "rate": rate, "refit": settings["judged"] == "test"}
    return Arm(name, own, tuple(seeds), seconds=nets.seconds(settings), megabytes=2_000)


def _quick(seeds: Sequence[int]) -> Arm:
    """With a limit on norms, as its bound was piloted."""
    settings = nets.net(4, 256, 2_000, 40) | OWN["dropout"] | {"max_norm": 2.0, "rate": 0.03, "refit": False}
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
    yield from map(nets.rounded, train(experiment(settings), seeds, lanes=lanes))
