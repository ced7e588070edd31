"""How much of the way from a recipe of the eighties to one of early 2015 is due to ReLU and dropout?

The old recipe: two hidden layers of sigmoid units, squared error, weights U(±1/sqrt(fan_in)), plain SGD. Five factors
that were known when the source was written lead to the modern one; Adam and batch normalisation came with it or after.
Each is added to the old recipe and taken from the modern one, and its share is the mean of the two changes of the test
error over what the modern recipe saves: Shapley's value, with the first and the last place alone, so that shares need
not add up to one. A trial trains one seed by all recipes; each has the best rate of `GRID` on pilot seeds.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.deep_init import model, nets

DATASET = "images"
METRICS = {
    "share_relu_dropout": "share of ReLU and of dropout in the error saved, a share",
    "share_four": "the same with those of initial weights and depth, a share",
    "share_relu": "share of ReLU in the error saved, a share",
    "share_dropout": "share of dropout in the error saved, a share",
    "share_init": "share of Glorot's weights in the error saved, a share",
    "share_depth": "share of two further layers in the error saved, a share",
    "share_cross_entropy": "share of the loss in the error saved, a share",
    "error_left": "test error of the old recipe with ReLU and dropout less that of the modern, points of a per cent",
    "error_saved": "test error of the old recipe less that of the modern one, points of a per cent",
    "error_eighties": "test error of the old recipe, per cent",
    "error_modern": "test error of the modern recipe, per cent",
    "error_with_relu_dropout": "test error of the old recipe with ReLU and dropout, per cent",
    "error_with_relu": "test error of the old recipe with ReLU, per cent",
    "error_with_dropout": "test error of the old recipe with dropout, per cent",
    "error_with_init": "test error of the old recipe with Glorot's weights, per cent",
    "error_with_depth": "test error of the old recipe with two further layers, per cent",
    "error_with_cross_entropy": "test error of the old recipe with cross-entropy, per cent",
    "error_without_relu": "test error of the modern recipe with sigmoid units, per cent",
    "error_without_dropout": "test error of the modern recipe without dropout, per cent",
    "error_without_init": "test error of the modern recipe with the old weights, per cent",
    "error_without_depth": "test error of the modern recipe with two hidden layers, per cent",
    "error_without_cross_entropy": "test error of the modern recipe with squared error, per cent",
    "validation_error": "wrong labels among the validation images of the one recipe of a pilot, per cent",
    "validation_error_saved": "validation error of the old recipe less that with ReLU, points of a per cent",
}
IMAGES, WIDTH, BATCH, EPOCHS = 10_000, 256, 64, 20
SHALLOW, DEEP, DROPOUT = 2, 4, 0.3
FACTORS = ("relu", "dropout", "init", "depth", "cross_entropy")
RECIPES: Mapping[str, frozenset[str]] = {
    "eighties": frozenset(),
    "modern": frozenset(FACTORS),
    "with_relu_dropout": frozenset({"relu", "dropout"}),
    **{f"with_{factor}": frozenset({factor}) for factor in FACTORS},
    **{f"without_{factor}": frozenset(FACTORS) - {factor} for factor in FACTORS},
}
GRID = (0.03, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
RATES = {
    "eighties": 1.0,
    "modern": 0.5,
    "with_relu_dropout": 2.5,
    "with_relu": 1.0,
    "with_dropout": 1.0,
    "with_init": 0.5,
    "with_depth": 0.25,  # at chance with each rate
    "with_cross_entropy": 2.5,
    "without_relu": 2.5,
    "without_dropout": 0.25,
    "without_init": 0.25,
    "without_depth": 0.5,
    "without_cross_entropy": 1.0,
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        settings = _settings(IMAGES, WIDTH, EPOCHS, RATES, {"test": 10_000})
        return (Arm("recipes", settings, lanes=4, seconds=115),)
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        return (_quick(seeds), *(_pilot(recipe, tried, seeds[:2]) for recipe in RECIPES for tried in GRID))
    return ()


def _pilot(recipe: str, tried: float, seeds: Sequence[int]) -> Arm:
    settings = _settings(IMAGES, WIDTH, EPOCHS, {recipe: tried}, nets.TUNED)
    return Arm(f"{recipe}_rate_{tried:g}", settings, tuple(seeds), lanes=2, seconds=7)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = _settings(2_000, 64, 10, {"eighties": 1.0, "with_relu": 1.0}, {"validation": 1_000})
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=0.6)


def _settings(
    images: int, width: int, epochs: int, rates: Mapping[str, float], held_out: Mapping[str, int]
) -> dict[str, Any]:
    shape = {"images": images, "width": width, "epochs": epochs}
    return {**shape, "rates": dict(rates), "held_out": dict(held_out)}


def build_model(pixels: int, width: int, recipe: frozenset[str]) -> Any:
    """The recipe's hidden layers, each with dropout where it has it, and ten logits."""
    init = ("glorot" if "relu" in recipe else "glorot_x4") if "init" in recipe else "standard"

    def dense(fan_in: int, units: int) -> Any:
        weights = nets.Weights("uniform", nets.deviation(init, fan_in, units))
        return keras.layers.Dense(units, kernel_initializer=weights)

    x = inputs = keras.Input((pixels,))
    for _ in range(DEEP if "depth" in recipe else SHALLOW):
        x = keras.layers.Activation("relu" if "relu" in recipe else "sigmoid")(dense(x.shape[1], width)(x))
        if "dropout" in recipe:
            x = keras.layers.Dropout(DROPOUT)(x)
    return keras.Model(inputs, dense(width, model.CLASSES)(x))


def squared_error(net: Any, x: Any, y: Any) -> Any:
    """Half the squared distance of sigmoid outputs from one-hot labels, the mean over the batch."""
    outputs = ops.sigmoid(net(x, training=True))
    targets = ops.one_hot(y, model.CLASSES, dtype=outputs.dtype)
    return ops.mean(ops.sum(ops.square(outputs - targets), axis=-1)) / 2


def experiment(settings: Mapping[str, Any], name: str = "eighties") -> Experiment:
    training, recipe = model.training_images(settings["images"]), RECIPES[name]
    steps = settings["epochs"] * (len(training.y) // BATCH)
    return Experiment(
        build_model=lambda hyper: build_model(training.x.shape[1], settings["width"], recipe),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["learning_rate"]),
        loss=model.cross_entropy if "cross_entropy" in recipe else squared_error,
        data=training,
        batch_size=BATCH,
        steps=steps,
        evaluate=nets.held_out(settings["held_out"]),
        evaluate_every=steps,
        hyper={"learning_rate": settings["rates"][name]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    (part,) = settings["held_out"]
    experiments = {name: experiment(settings, name) for name in settings["rates"]}
    for seed, runs in nets.side_by_side(experiments, seeds, lanes):
        errors = {name: trial.metrics.get(f"{part}_error") for name, trial in runs.items()}
        known = {name: error for name, error in errors.items() if error is not None}
        metrics: dict[str, float | None] = {}
        if part == "test":
            metrics = {f"error_{name}": error for name, error in errors.items()}
            metrics |= shares(known) if set(known) == set(RECIPES) else {}
        elif len(known) == 2:
            metrics["validation_error_saved"] = known["eighties"] - known["with_relu"]
        elif len(runs) == 1:
            (metrics["validation_error"],) = errors.values()
        points = [(place, error) for place, error in enumerate(known.values())]
        yield nets.together(seed, runs, metrics, {"error_by_recipe": points})


def shares(errors: Mapping[str, float]) -> dict[str, float]:
    """Each factor's share of the error saved, and those of the groups that are judged.

    Not over the sum of the factors' values: one factor that does harm without the others can turn that sum negative,
    and with it the sign of every share.
    """
    old, new = errors["eighties"], errors["modern"]
    saved = {f: ((old - errors[f"with_{f}"]) + (errors[f"without_{f}"] - new)) / 2 for f in FACTORS}
    found = {f"share_{factor}": value / (old - new) for factor, value in saved.items()}
    found["share_relu_dropout"] = found["share_relu"] + found["share_dropout"]
    found["share_four"] = found["share_relu_dropout"] + found["share_init"] + found["share_depth"]
    return {**found, "error_saved": old - new, "error_left": errors["with_relu_dropout"] - new}
