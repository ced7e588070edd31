"""Is a net of more hidden layers worse from the standard initial weights, and not from better ones?

Test error, in per cent, at the evaluation with the least validation error (Erhan et al. 2009 stop early), for one to
five hidden layers under plain SGD with a constant rate. From the standard weights a sigmoid net of each depth has its
own best rate of `GRID` on pilot seeds. Other nets had three rates at 1, 3 and 5 layers, or take their activation's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import History, Run, train
from reproductions.deep_init import nets

DATASET = "images"
METRICS = {
    "test_error": "wrong labels among 10 000 test images where the validation error is least, per cent",
    "validation_error": "least share of wrong labels among the validation images, per cent",
    "train_loss": "cross-entropy over the last steps before an evaluation, nats",
}
IMAGES, WIDTH, BATCH = 10_000, 300, 64
STEPS, EVERY, PATIENCE = 5_000, 250, 8  # 32 epochs; a run that has learned ends after 2000 steps without a gain
LEARNED = 50.0  # per cent wrong
QUICK_IMAGES, QUICK_WIDTH, QUICK_STEPS = 2_000, 64, 800
DEPTHS = (1, 2, 3, 4, 5)
GROUPS = (  # optimizer, activation, initialisation, depths
    ("sgd", "sigmoid", "standard", DEPTHS),
    ("sgd", "sigmoid", "glorot_x4", DEPTHS),
    ("sgd", "tanh", "standard", DEPTHS),
    ("sgd", "tanh", "glorot", DEPTHS),
    ("sgd", "sigmoid", "glorot", (2, 5)),
    ("sgd", "sigmoid", "orthogonal", (2, 5)),
    ("sgd", "sigmoid", "lsuv", (2, 5)),
    ("sgd", "tanh", "orthogonal", (2, 5)),
    ("sgd", "tanh", "lsuv", (2, 5)),
    ("sgd", "relu", "he", (2, 5)),
    ("adam", "sigmoid", "standard", (2, 5)),  # hides the effect: a labelled extra, never judged
)
QUICK_INITS = ("standard", "glorot", "glorot_x4")
TREATED = {"sigmoid": "glorot_x4", "tanh": "glorot", "relu": "he"}
GRID = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # of the sigmoid from the standard weights, at each depth
ADAM = 1e-3  # Keras' own
RATES: dict[str, tuple[float, ...]] = {  # one for each of DEPTHS
    "sigmoid_standard": (1.0, 5.0, 2.5, 1.0, 2.5),
    "sigmoid_glorot_x4": (2.5, 0.5, 0.5, 0.5, 0.5),
    "tanh_standard": (0.5, 0.1, 0.1, 0.1, 0.1),
    "tanh_glorot": (0.5, 0.1, 0.1, 0.1, 0.1),
    "relu_he": (0.1, 0.1, 0.1, 0.1, 0.1),  # as in `small_weights` at 2 and 5 layers
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(*group[:3], depth) for group in GROUPS for depth in group[3])
    if tier == "quick":
        return tuple(_quick(init, range(4)) for init in QUICK_INITS)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        quick = [_quick(init, seeds) for init in QUICK_INITS]
        tried = [_arm(*GROUPS[0][:3], depth, seeds[:2], rate) for depth in DEPTHS for rate in GRID]
        return (*quick, *tried)
    return ()


def _arm(
    optimizer: str, activation: str, init: str, depth: int, seeds: Sequence[int] = (), tried: float | None = None
) -> Arm:
    name = f"{activation}_{init}_depth{depth}" + ("_adam" if optimizer == "adam" else "")
    rates = RATES.get(f"{activation}_{init}", RATES[f"{activation}_{TREATED[activation]}"])
    rate = tried or (ADAM if optimizer == "adam" else rates[depth - 1])
    settings: dict[str, Any] = {
        "optimizer": optimizer,
        "activation": activation,
        "init": init,
        "depth": depth,
        "width": WIDTH,
        "images": IMAGES,
        "batch": BATCH,
        "steps": STEPS,
        "every": EVERY,
        "rate": rate,
        "held_out": nets.JUDGED if tried is None else nets.TUNED,
    }
    seconds = settings["steps"] * (1.2 + 0.75 * depth) / 1000 + 1
    return Arm(name + ("" if tried is None else f"_rate_{tried:g}"), settings, tuple(seeds), seconds=seconds)


def _quick(init: str, seeds: Sequence[int]) -> Arm:
    settings = {"optimizer": "sgd", "activation": "sigmoid", "init": init, "depth": 5, "width": QUICK_WIDTH}
    settings |= {"images": QUICK_IMAGES, "batch": BATCH, "steps": QUICK_STEPS, "every": QUICK_STEPS // 4, "rate": 1.0}
    settings["held_out"] = {"validation": 1_000}
    return Arm(f"quick_{init}", settings, tuple(seeds), lanes=4, seconds=0.5)


def experiment(settings: Mapping[str, Any]) -> Any:
    return nets.experiment(settings, evaluate=nets.held_out(settings["held_out"]), stop=settled)


def settled(history: History) -> bool:
    """Whether a net that has learned something has long ceased to improve; one at chance gets its whole budget."""
    errors = history["validation_error"]
    best = min(errors)
    return best < LEARNED and len(errors) - 1 - errors.index(best) >= PATIENCE


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics=at_best_validation(trial), curves={})


def at_best_validation(trial: Run) -> dict[str, float | None]:
    """Errors where the validation error was least, the first such evaluation; nothing for a seed that diverged."""
    if trial.status == "diverged":
        return {}
    validation = [value for _, value in trial.curves["validation_error"]]
    best = validation.index(min(validation))
    errors = {name: curve[best][1] for name, curve in trial.curves.items() if name.endswith("_error")}
    return {**errors, "train_loss": trial.metrics["train_loss"]}
