"""How many bits of parity does an ordinary net learn from 15 million strings, and from how few?

At a constant rate the accuracy of a net never settles: that of a run is the mean over the looks of its last tenth, and
a length is solved from the first of two looks in a row that reach 0.95. A run ends early when it has solved its task,
judged on strings of its own that the reported accuracy never sees.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.parity import model

DATASET = "synthetic"
METRICS = {
    "accuracy": "mean accuracy over the looks of the run's last tenth, share of 20 000 fresh strings",
    "strings_to_95": "strings to the first of two looks in a row at 0.95 or more, the whole budget where none, strings",
    "strings_to_solve": "strings to the first look at 0.99 or more, none where no look was, strings",
    "test_accuracy": "accuracy at the last look, share of 20 000 fresh strings",
    "test_accuracy_short": "accuracy after 1.5 million strings, or at an earlier end, share of 20 000 fresh strings",
    "validation_accuracy": "accuracy at the last look on the strings kept for stopping, share of 10 000",
    "train_loss": "mean logistic loss since the look before, nats",
}
BATCH = 256
SHORT = 5_860  # steps: 1.5 million strings
LONG = 10 * SHORT  # 15 million strings
EVALUATE_EVERY = SHORT // 10
SOLVED, NEARLY_ALL = 0.95, 0.99  # accuracy on fresh strings: between the two kinds of runs; within one of them
STOP = 0.999  # accuracy on the strings kept for stopping
BITS = (16, 20, 22, 24, 25, 26, 27, 28, 29, 30, 31, 33)
SGD_BITS = (16, 20, 24, 25, 29, 31)
OTHER_NETS = ((1024,), (512, 512))
OTHER_BITS = (20, 25, 31)
RATES = {"adam": 1e-3, "sgd": 0.1}  # sgd: the best of three on pilot seeds
PILOT_RATES = (0.03, 0.1, 0.3)
MILLISECONDS = {(512,): 0.45, (1024,): 1.1, (512, 512): 10.0}  # a step on one core, for plans
QUICK_STEPS = SHORT // 2


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        main = [_arm("adam", n, (512,), LONG) for n in BITS]
        sgd = [_arm("sgd", n, (512,), LONG) for n in SGD_BITS]
        others = [_arm("adam", n, net, SHORT) for net in OTHER_NETS for n in OTHER_BITS]
        return (*main, *sgd, *others)
    if tier == "quick":
        return tuple(_arm("adam", n, (512,), QUICK_STEPS, tuple(range(2))) for n in (16, 31))
    if tier == "pilot":
        seeds = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        quick = [replace(arm, seeds=seeds) for arm in arms("quick")]
        return (*quick, *(_arm("sgd", 20, (512,), SHORT, seeds[:3], rate) for rate in PILOT_RATES))
    return ()


def _arm(
    optimizer: str,
    n: int,
    widths: tuple[int, ...],
    steps: int,
    seeds: tuple[int, ...] = (),
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
    solved_soon = {16: 0.1, 25: 0.4}.get(n, 1.0) if optimizer == "adam" and steps == LONG else 1.0
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
        yield replace(trial, metrics=dict(trial.metrics) | _milestones(settings, trial))


def _milestones(settings: Mapping[str, Any], trial: Run) -> dict[str, float | None]:
    """What a run came to, and the strings that it took."""
    if trial.status != "ok":
        return {}
    points = trial.curves["test_accuracy"]
    settled = [value for step, value in points if step > 0.9 * trial.steps]
    return {
        "accuracy": sum(settled) / len(settled),
        "strings_to_95": BATCH * solving_time(points, settings["steps"]),
        "strings_to_solve": next((step * BATCH for step, value in points if value >= NEARLY_ALL), None),
        "test_accuracy_short": [value for step, value in points if step <= SHORT][-1],
    }


def solving_time(points: Sequence[tuple[int, float]], budget: int) -> int:
    """The step of the first of two looks in a row that reach 0.95; the last look of a run needs no second.

    A run that never does counts with the whole budget, which is less than it would need.
    """
    reached = [value >= SOLVED for _, value in points] + [True]
    both = zip(points, reached, reached[1:], strict=False)
    return next((step for (step, _), now, then in both if now and then), budget)
