"""How badly do nets of a few hidden units do what nets of 512 do well?

Digits (MNIST, 5000 images), sorting five numbers of four bits, the parity of eight bits (all 256 strings, seen and
asked), and a task that one unit can do, the side of a plane. One or two hidden layers of ReLU units, Adam. Every arm
of a task has the same budget; tiny nets, of up to 32 units, and wide ones each have a rate of their own, the best on
pilot seeds and validation images.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.expressivity import tasks

DATASET = "images"
METRICS = {
    "test_error": "labels, or bits of the answer, that are wrong at the end, per cent",
    "train_loss": "mean loss since the look before, nats",
}
BATCH = {"mnist": 64, "sort": 128, "parity": 64, "separable": 128}
STEPS = {"mnist": 2_000, "sort": 4_000, "parity": 4_000, "separable": 1_000}
TINY, WIDE = (1, 2, 4, 8, 16, 32), (64, 128, 256, 512)
ARMS = (
    *(("mnist", (width,)) for width in (*TINY, *WIDE)),
    *(("sort", (width,)) for width in (4, 512)),
    *(("parity", (width,)) for width in (1, 2, 3, 4, 512)),
    ("separable", (4,)),
    *((task, (4, 4)) for task in ("mnist", "sort", "parity")),
)
GRIDS = {  # the rates that pilots try
    "parity_tiny": (0.001, 0.003, 0.01, 0.03, 0.1), "parity_wide": (0.0003, 0.001, 0.003, 0.01, 0.03),
    "separable_tiny": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0), "mnist_tiny": (0.001, 0.003, 0.01, 0.03, 0.1),
    "mnist_wide": (0.001, 0.003, 0.01), "sort_tiny": (0.003, 0.01, 0.03, 0.1), "sort_wide": (0.001, 0.003, 0.01, 0.03),
}  # fmt: skip
RATES = {
    "parity_tiny": 0.03, "parity_wide": 0.01, "separable_tiny": 0.3, "mnist_tiny": 0.003, "mnist_wide": 0.003,
    "sort_tiny": 0.03, "sort_wide": 0.01,
}  # fmt: skip
PILOTS = 2


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(task, widths, _rate(task, widths), "test") for task, widths in ARMS)
    if tier == "quick":
        return _quick(range(3))
    if tier == "pilot":
        seeds = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
        tried = [(name, rate) for name, rates in GRIDS.items() for rate in rates]
        return (*_quick(seeds), *(_pilot(name, rate, seeds[:PILOTS]) for name, rate in tried))
    return ()


def _rate(task: str, widths: Sequence[int]) -> float:
    return RATES[f"{task}_{'tiny' if max(widths) in (*TINY, 3) else 'wide'}"]


def _arm(
    task: str, widths: Sequence[int], rate: float, judged: str, seeds: Sequence[int] = (), suffix: str = ""
) -> Arm:
    settings = {"task": task, "widths": list(widths), "rate": rate, "steps": STEPS[task], "judged": judged}
    name = f"{task}_{'x'.join(map(str, widths))}"
    seconds = {"mnist": 1 + max(widths) / 130, "sort": 1 + max(widths) / 300}.get(task, 0.6)
    return Arm(name + suffix, settings, tuple(seeds), lanes=1 if task == "mnist" else 4, seconds=seconds)


def _pilot(name: str, rate: float, seeds: Sequence[int]) -> Arm:
    task, kind = name.split("_")
    return _arm(task, ({"tiny": 4, "wide": 512}[kind],), rate, "validation", seeds, f"_rate_{rate:g}")


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    return tuple(
        Arm(f"quick_{width}", {**_arm("parity", (width,), RATES[f"parity_{kind}"], "").settings, "steps": 1_500},
            tuple(seeds), lanes=4, seconds=0.3)
        for width, kind in ((4, "tiny"), (512, "wide"))
    )  # fmt: skip


def net(inputs: int, widths: Sequence[int], outputs: int) -> Any:
    entry = keras.Input((inputs,))
    x = entry
    for width in widths:
        x = keras.layers.Dense(width, "relu", kernel_initializer="he_normal")(x)
    return keras.Model(entry, keras.layers.Dense(outputs)(x))


def experiment(settings: Mapping[str, Any]) -> Experiment:
    task = tasks.named(settings["task"], settings["judged"])
    return Experiment(
        build_model=lambda hyper: net(task.inputs, settings["widths"], task.outputs),
        build_optimizer=lambda hyper: keras.optimizers.Adam(lambda: hyper["rate"]),
        loss=task.loss,
        data=task.seen,
        batch_size=BATCH[settings["task"]],
        steps=settings["steps"],
        evaluate={"test": Evaluation(task.asked, task.wrong, task.size, task.size)},
        evaluate_every=settings["steps"] // 5,
        hyper={"rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from train(experiment(settings), seeds, lanes=lanes)
