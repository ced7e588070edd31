"""What is trained, in numbers: the nets, and how many seeds and steps of them a measurement takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from benchmarks.peers import BEFORE, COLD, OURS

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Workload:
    """One net and how it is trained.

    Attributes:
        task: "parity": ±1 strings and their parity; "images": ten classes; "sequence": the mean of a sequence.
        widths: units of every layer, inputs first. Hidden layers are ReLU; of a sequence's net, an LSTM.
        dropout: rate after every hidden layer.
        lanes: seeds that share one program in the peers that can (ours and hand-written JAX).
    """

    name: str
    task: Literal["parity", "images", "sequence"]
    widths: Shape
    batch_size: int
    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: float = 1e-3
    dropout: float = 0.0
    lanes: int = 1
    length: int = 1  # time steps of a sequence

    def shapes(self) -> list[Shape]:
        """Shapes of the weights, in Keras' order."""
        if self.task == "sequence":
            inputs, units, outputs = self.widths
            return [(inputs, 4 * units), (units, 4 * units), (4 * units,), (units, outputs), (outputs,)]
        return [shape for inputs, outputs in pairwise(self.widths) for shape in ((inputs, outputs), (outputs,))]

    def operations(self) -> int:
        """Floating point operations of one training step: those of its matrix products, and nothing else.

        A product of a batch with a matrix (in, out) counts 2·batch·in·out. Every layer has one forward, one of the
        same size for the gradient of its weights and one for the gradient of its inputs; the first needs no last.
        An LSTM has these products at every time step, that with its state included.
        """
        first, *others = [shape for shape in self.shapes() if len(shape) == 2]
        if self.task == "sequence":
            recurrent, output = others
            unrolled = self.length * (2 * _size(first) + 3 * _size(recurrent))
            return 2 * self.batch_size * (unrolled + 3 * _size(output))
        return 2 * self.batch_size * (2 * _size(first) + 3 * sum(map(_size, others)))


def _size(shape: Shape) -> int:
    return shape[0] * shape[1]


@dataclass(frozen=True)
class Plan:
    """How a workload is measured.

    Attributes:
        seeds, steps: the work that is compared end to end.
        few: seeds that peers train which are extrapolated; at least two, as the first pays what is paid once.
        seconds: of a round on two idle cores, for the estimate.
    """

    workload: Workload
    peers: tuple[str, ...]
    seeds: int
    steps: int
    rounds: int
    seconds: float
    few: int = 2


HAND, TUNED, TORCH = "handwritten_jax", "keras_fit_tuned", "plain_torch"
STACKS = ("stacked_torch", "turbanet")  # all seeds as one model
FITS = ("keras_fit_tensorflow", "keras_fit_jax", "keras_fit_torch")
ALL = (OURS, COLD, BEFORE, HAND, *FITS, TUNED, TORCH, *STACKS)
OURS_AND_HAND = (OURS, BEFORE, HAND)

PARITY = Workload("parity", "parity", (30, 128, 128, 1), 128)
NARROW = Workload("narrow", "parity", (30, 32, 32, 1), 128, lanes=8)
IMAGES = Workload("mnist", "images", (784, 1024, 1024, 10), 128, dropout=0.5)
SEQUENCE = Workload("lstm", "sequence", (1, 64, 1), 32, length=100)


def _wide(units: int) -> Workload:
    return Workload(f"wide_{units}", "parity", (30, units, units, 1), 256)


def _sgd(workload: Workload) -> Workload:
    return replace(workload, name=f"{workload.name}_sgd", optimizer="sgd", learning_rate=0.1)


PLANS: Mapping[str, Plan] = {
    plan.workload.name: plan
    for plan in (
        Plan(PARITY, ALL, seeds=64, steps=2000, rounds=5, seconds=105),
        Plan(_sgd(PARITY), OURS_AND_HAND, seeds=32, steps=1000, rounds=2, seconds=20),
        Plan(_wide(512), OURS_AND_HAND, seeds=8, steps=200, rounds=2, seconds=22),
        Plan(_sgd(_wide(512)), OURS_AND_HAND, seeds=8, steps=200, rounds=2, seconds=20),
        Plan(_wide(1024), OURS_AND_HAND, seeds=6, steps=100, rounds=2, seconds=24),
        Plan(_sgd(_wide(1024)), OURS_AND_HAND, seeds=6, steps=100, rounds=2, seconds=22),
        Plan(
            NARROW,
            (OURS, BEFORE, HAND, FITS[0], FITS[1], TUNED, TORCH, *STACKS),
            seeds=64,
            steps=500,
            rounds=3,
            seconds=45,
        ),
        Plan(
            IMAGES, (OURS, BEFORE, HAND, FITS[0], FITS[1], TORCH, STACKS[0]), seeds=8, steps=100, rounds=3, seconds=50
        ),
        Plan(SEQUENCE, (OURS, BEFORE, HAND, *FITS, TORCH), seeds=32, steps=30, rounds=3, seconds=60),
    )
}
SCALING_SEEDS, SCALING_STEPS, SCALING_ROUNDS = (1, 10, 100, 400), 400, 2
CHECKED = (PARITY.name, f"{PARITY.name}_sgd", IMAGES.name, SEQUENCE.name)  # every kind of net and optimizer once


def shortened(plan: Plan) -> Plan:
    """The same peers on next to no work: two groups of seeds for each of two workers, one round."""
    return replace(plan, seeds=4 * plan.workload.lanes, steps=50, rounds=1, seconds=9.0 * len(plan.peers))


def plans(names: list[str], short: bool, rounds: int | None) -> Iterator[Plan]:
    """The plans by name, or by default all; the short form takes parity alone."""
    for name in names or ([PARITY.name] if short else list(PLANS)):
        plan = shortened(PLANS[name]) if short else PLANS[name]
        yield plan if rounds is None else replace(plan, rounds=rounds)
