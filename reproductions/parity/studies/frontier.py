"""How many bits of parity does an ordinary net learn from 1.5 million strings, and from 15 million?

One run at a constant rate serves both budgets: its accuracy is read after 1.5 million strings and at the end. A run
ends early when it has solved its task, judged on strings of its own that the reported accuracy never sees.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.parity import model

DATASET = "synthetic"
BATCH = 256
SHORT = 5_860  # steps: 1.5 million strings
LONG = 10 * SHORT  # 15 million strings
EVALUATE_EVERY = SHORT // 10
SOLVED = 0.99  # accuracy on fresh strings
STOP = 0.999  # accuracy on the strings kept for stopping
BITS = (16, 20, 22, 24, 25, 26, 27, 28, 29, 30, 31, 33)
SGD_BITS = (16, 20, 24, 25, 29, 31)
OTHER_NETS = ((1024,), (512, 512))
OTHER_BITS = (20, 25, 31)
RATES = {"adam": 1e-3, "sgd": 0.1}  # sgd: the best of three on pilot seeds
PILOT_RATES = (0.03, 0.1, 0.3)
NEIGHBOURS = (29, 30)  # at the long budget, on pilot seeds of their own: are even numbers of bits easier?
NEIGHBOUR_SEEDS = range(20_000, 20_010)
MILLISECONDS = {
    (512,): 0.5,
    (1024,): 1.0,
    (512, 512): 4.5,
    (1024, 1024): 14.0,
}  # a step on one core, for plans


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        seeds = tuple(range(10))
        main = [_arm("adam", n, (512,), LONG, seeds) for n in BITS]
        sgd = [_arm("sgd", n, (512,), LONG, seeds) for n in SGD_BITS]
        others = [_arm("adam", n, net, SHORT, seeds[:5]) for net in OTHER_NETS for n in OTHER_BITS]
        return (*main, *sgd, *others)
    if tier == "quick":
        return tuple(_arm("adam", n, (512,), SHORT, tuple(range(4))) for n in (16, 31))
    if tier == "pilot":
        seeds = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        quick = [replace(arm, seeds=seeds) for arm in arms("quick")]
        neighbours = [_arm("adam", n, (512,), LONG, tuple(NEIGHBOUR_SEEDS)) for n in NEIGHBOURS]
        return (*quick, *(_arm("sgd", 20, (512,), SHORT, seeds[:3], rate) for rate in PILOT_RATES), *neighbours)
    return ()


def _arm(
    optimizer: str,
    n: int,
    widths: tuple[int, ...],
    steps: int,
    seeds: tuple[int, ...],
    rate: float | None = None,
) -> Arm:
    net = "" if widths == (512,) else "_" + "x".join(map(str, widths))
    trial = "" if rate is None else f"_rate_{rate:g}"
    settings = {
        "n": n,
        "widths": list(widths),
        "optimizer": optimizer,
        "rate": RATES[optimizer] if rate is None else rate,
        "steps": steps,
    }
    solved_soon = 0.25 if n <= 25 and optimizer == "adam" else 1.0
    seconds = steps * MILLISECONDS[widths] / 1000 * solved_soon
    return Arm(f"{optimizer}_n{n}{net}{trial}", settings, seeds, seconds=seconds)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    n, rate = settings["n"], settings["rate"]
    optimizers = {
        "adam": lambda hyper: keras.optimizers.Adam(rate),
        "sgd": lambda hyper: keras.optimizers.SGD(rate, momentum=0.9),
    }
    fresh = model.strings(n)
    return Experiment(
        build_model=lambda hyper: model.build_model(n, tuple(settings["widths"])),
        build_optimizer=optimizers[settings["optimizer"]],
        loss=model.logistic_loss,
        data=fresh,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={
            "validation": Evaluation(fresh, model.accuracy, size=10_000, batch_size=2_000),
            "test": Evaluation(fresh, model.accuracy, size=20_000, batch_size=2_000),
        },
        evaluate_every=EVALUATE_EVERY,
        stop=lambda history: history["validation_accuracy"][-1] >= STOP,
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics=dict(trial.metrics) | _milestones(trial))


def _milestones(trial: Run) -> dict[str, float | None]:
    """Accuracy at the short budget (that of the end, for a run that was solved before), and strings needed."""
    if trial.status != "ok":
        return {}
    points = trial.curves["test_accuracy"]
    short = [value for step, value in points if step <= SHORT][-1]
    solved = next((step * BATCH for step, value in points if value >= SOLVED), None)
    return {"test_accuracy_short": short, "strings_to_solve": solved}
