"""What is trained, in numbers: the nets, and how many seeds and steps of them a measurement takes."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isqrt, prod
from typing import Literal

from benchmarks.peers import BEFORE, COLD, OURS, RAY

Shape = tuple[int, ...]
WINDOW, POOL = 3, 2  # pixels along an axis of what a convolution, and a pooling, looks at


@dataclass(frozen=True)
class Workload:
    """One net and how it is trained.

    Attributes:
        task: "parity": ±1 strings and their parity; "images": ten classes; "sequence": the mean of a sequence.
        widths: units of every layer, inputs first. Hidden layers are ReLU; of a sequence's net, an LSTM.
        filters: of convolutions of 3×3 before those layers, on square grey images; each with ReLU and 2×2 max-pooling.
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
    filters: Shape = ()

    def shapes(self) -> list[Shape]:
        """Shapes of the weights, in Keras' order."""
        if self.task == "sequence":
            inputs, units, outputs = self.widths
            return [(inputs, 4 * units), (units, 4 * units), (4 * units,), (units, outputs), (outputs,)]
        kernels = [(WINDOW, WINDOW, channels, filters) for channels, filters in pairwise((1, *self.filters))]
        inputs, *others = self.widths
        if self.filters:
            inputs = (self.sides()[-1] // POOL) ** 2 * self.filters[-1]
        layers: list[Shape] = [*kernels, *pairwise((inputs, *others))]
        return [shape for layer in layers for shape in (layer, layer[-1:])]

    def sides(self) -> list[int]:
        """Width and height in pixels of what each convolution makes, before its pooling."""
        side, found = isqrt(self.widths[0]), []
        for _ in self.filters:
            found.append(side - WINDOW + 1)
            side = found[-1] // POOL
        return found

    def operations(self) -> int:
        """Floating point operations of one training step: those of its matrix products, and nothing else.

        A product of a batch with a matrix (in, out) counts 2·batch·in·out. Every layer has one forward, one of the
        same size for the gradient of its weights and one for the gradient of its inputs; the first needs no last.
        An LSTM has these products at every time step, that with its state included; a convolution at every pixel
        that it makes, with its kernel as the matrix.
        """
        sizes = [prod(shape) for shape in self.shapes() if len(shape) > 1]
        times = [self.length] * 2 if self.task == "sequence" else [side**2 for side in self.sides()]
        times += [1] * (len(sizes) - len(times))
        first, *others = [size * often for size, often in zip(sizes, times, strict=True)]
        return 2 * self.batch_size * (2 * first + 3 * sum(others))


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
ALL = (OURS, COLD, RAY, BEFORE, HAND, *FITS, TUNED, TORCH, *STACKS)
OURS_AND_HAND = (OURS, BEFORE, HAND)

PARITY = Workload("parity", "parity", (30, 128, 128, 1), 128)
NARROW = Workload("narrow", "parity", (30, 32, 32, 1), 128, lanes=8)
IMAGES = Workload("mnist", "images", (784, 1024, 1024, 10), 128, dropout=0.5)
CONVOLUTIONAL = Workload("cnn", "images", (784, 10), 32, filters=(16, 32))
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
        Plan(CONVOLUTIONAL, (OURS, BEFORE, HAND, FITS[0], FITS[1], TORCH), seeds=8, steps=100, rounds=3, seconds=60),
        Plan(SEQUENCE, (OURS, BEFORE, HAND, *FITS, TORCH), seeds=32, steps=30, rounds=3, seconds=60),
    )
}
SCALING_SEEDS, SCALING_STEPS, SCALING_ROUNDS = (1, 10, 100, 400), 400, 2
# Every kind of net and optimizer once.
CHECKED = (PARITY.name, f"{PARITY.name}_sgd", IMAGES.name, CONVOLUTIONAL.name, SEQUENCE.name)


def shortened(plan: Plan) -> Plan:
    """The same peers on next to no work: two groups of seeds for each of two workers, one round."""
    return replace(plan, seeds=4 * plan.workload.lanes, steps=50, rounds=1, seconds=9.0 * len(plan.peers))


def among(plan: Plan, peers: Collection[str]) -> Plan:
    """The same work by ours and some other peers only."""
    chosen = tuple(name for name in plan.peers if name == OURS or name in peers)
    return replace(plan, peers=chosen, seconds=plan.seconds * len(chosen) / len(plan.peers))


def plans(names: list[str], short: bool, rounds: int | None, peers: Collection[str] = ()) -> Iterator[Plan]:
    """The plans by name, or by default all, with `peers` beside those of ours alone; the short form takes parity."""
    for name in names or ([PARITY.name] if short else list(PLANS)):
        plan = shortened(PLANS[name]) if short else PLANS[name]
        plan = among(plan, peers) if peers else plan
        yield plan if rounds is None else replace(plan, rounds=rounds)
