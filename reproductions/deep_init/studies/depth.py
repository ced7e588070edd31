"""Is a net of more hidden layers worse from the standard initial weights, and not from better ones?

Test error, in per cent, at the evaluation with the least validation error (Erhan et al. 2009 stop early), for one to
five hidden layers under plain SGD with a constant rate. The rates of the judged weights are the best of three on pilot
seeds at 1, 3 and 5 layers, those of the other weights are their activation's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import History, Run, train
from reproductions.deep_init import nets

DATASET = "images"
IMAGES, WIDTH, BATCH = 10_000, 300, 64
STEPS, EVERY, PATIENCE = 5_000, 250, 8  # 32 epochs; a run that has learned ends after 2000 steps without a gain
LEARNED = 50.0  # per cent wrong
QUICK_IMAGES, QUICK_WIDTH, QUICK_STEPS = 2_000, 64, 800
DEPTHS = (1, 2, 3, 4, 5)
GROUPS = (  # optimizer, activation, initialisation, depths, seeds
    ("sgd", "sigmoid", "standard", DEPTHS, 20),
    ("sgd", "sigmoid", "glorot_x4", DEPTHS, 20),
    ("sgd", "tanh", "standard", DEPTHS, 20),
    ("sgd", "tanh", "glorot", DEPTHS, 20),
    ("sgd", "sigmoid", "glorot", (2, 5), 8),
    ("sgd", "sigmoid", "orthogonal", (2, 5), 8),
    ("sgd", "sigmoid", "lsuv", (2, 5), 8),
    ("sgd", "tanh", "orthogonal", (2, 5), 8),
    ("sgd", "tanh", "lsuv", (2, 5), 8),
    ("sgd", "relu", "he", (2, 5), 8),
    ("adam", "sigmoid", "standard", (2, 5), 8),  # hides the effect: a labelled extra, never judged
)
QUICK_INITS = ("standard", "glorot", "glorot_x4")
TREATED = {"sigmoid": "glorot_x4", "tanh": "glorot", "relu": "he"}
PILOTED = {1: 0, 2: 1, 3: 1, 4: 2, 5: 2}  # depth to the place, among 1, 3 and 5, of the pilot whose rate it takes
GRID = {"sigmoid": (0.1, 0.5, 2.5), "tanh": (0.02, 0.1, 0.5)}
ADAM = 1e-3  # Keras' own
RATES: dict[str, tuple[float, float, float]] = {  # at 1, 3 and 5 layers
    "sigmoid_standard": (0.5, 2.5, 2.5),
    "sigmoid_glorot_x4": (2.5, 0.5, 0.5),
    "tanh_standard": (0.5, 0.1, 0.1),
    "tanh_glorot": (0.5, 0.1, 0.1),
    "relu_he": (0.1, 0.1, 0.1),  # as in `small_weights` at 2 and 5 layers
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(*group[:3], depth, range(group[4])) for group in GROUPS for depth in group[3])
    if tier == "quick":
        return tuple(_quick(init, range(4)) for init in QUICK_INITS)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        quick = [_quick(init, seeds) for init in QUICK_INITS]
        cells = [(*group[:3], depth) for group in GROUPS[:4] for depth in (1, 3, 5)]
        return (*quick, *(_arm(*cell, seeds[:2], tried) for cell in cells for tried in GRID[cell[1]]))
    return ()


def _arm(
    optimizer: str, activation: str, init: str, depth: int, seeds: Sequence[int], tried: float | None = None
) -> Arm:
    name = f"{activation}_{init}_depth{depth}" + ("_adam" if optimizer == "adam" else "")
    rates = RATES.get(f"{activation}_{init}", RATES[f"{activation}_{TREATED[activation]}"])
    rate = tried or (ADAM if optimizer == "adam" else rates[PILOTED[depth]])
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
        "held_out": 10_000,
    }
    seconds = settings["steps"] * (0.9 + 0.45 * depth) / 1000 + 1
    return Arm(name + ("" if tried is None else f"_rate_{tried:g}"), settings, tuple(seeds), seconds=seconds)


def _quick(init: str, seeds: Sequence[int]) -> Arm:
    settings = {"optimizer": "sgd", "activation": "sigmoid", "init": init, "depth": 5, "width": QUICK_WIDTH}
    settings |= {"images": QUICK_IMAGES, "batch": BATCH, "steps": QUICK_STEPS, "every": QUICK_STEPS // 4, "rate": 1.0}
    settings["held_out"] = 2_000
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
    test = trial.curves["test_error"][best][1]
    return {"test_error": test, "validation_error": validation[best], "train_loss": trial.metrics["train_loss"]}
