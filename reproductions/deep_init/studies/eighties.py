"""How much of the way from a recipe of the eighties to a modern one is due to ReLU and dropout?

The old recipe: two hidden layers of sigmoid units, squared error, weights U(±1/sqrt(fan_in)), plain SGD. Seven factors
lead to the modern one. Each is added to the old recipe and taken from the modern one, and its share is the mean of the
two changes of the test error over what the modern recipe saves: Shapley's value, with the first and the last place
alone, so that shares need not add up to one. A trial trains one seed by all recipes; each has the best of three rates
on pilot seeds.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.deep_init import model, nets

DATASET = "images"
IMAGES, WIDTH, BATCH, EPOCHS = 10_000, 256, 64, 20
SHALLOW, DEEP, DROPOUT = 2, 4, 0.3
FACTORS = ("relu", "dropout", "init", "depth", "cross_entropy", "adam", "batch_norm")
RECIPES: Mapping[str, frozenset[str]] = {
    "eighties": frozenset(),
    "modern": frozenset(FACTORS),
    **{f"with_{factor}": frozenset({factor}) for factor in FACTORS},
    **{f"without_{factor}": frozenset(FACTORS) - {factor} for factor in FACTORS},
}
GRID = {"sgd": (0.1, 0.5, 2.5), "adam": (3e-4, 1e-3, 3e-3)}
RATES = {
    "eighties": 0.5,
    "modern": 3e-3,
    "with_relu": 0.5,
    "with_dropout": 0.5,
    "with_init": 0.5,
    "with_depth": 0.5,  # at chance with each of the three
    "with_cross_entropy": 2.5,
    "with_adam": 3e-3,
    "with_batch_norm": 0.5,
    "without_relu": 3e-3,
    "without_dropout": 1e-3,
    "without_init": 3e-3,
    "without_depth": 1e-3,
    "without_cross_entropy": 3e-3,
    "without_adam": 0.5,
    "without_batch_norm": 1e-3,
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (Arm("recipes", _settings(IMAGES, WIDTH, EPOCHS, RATES), tuple(range(10)), lanes=5, seconds=100),)
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        cells = [(recipe, tried) for recipe in RECIPES for tried in _grid(recipe)]
        return (_quick(seeds), *(_pilot(recipe, tried, seeds[:2]) for recipe, tried in cells))
    return ()


def _grid(recipe: str) -> tuple[float, ...]:
    return GRID["adam" if "adam" in RECIPES[recipe] else "sgd"]


def _pilot(recipe: str, tried: float, seeds: Sequence[int]) -> Arm:
    settings = _settings(IMAGES, WIDTH, EPOCHS, {recipe: tried})
    return Arm(f"{recipe}_rate_{tried:g}", settings, tuple(seeds), lanes=2, seconds=7)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = _settings(2_000, 64, 10, {"eighties": 1.0, "with_cross_entropy": 1.0})
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=0.6)


def _settings(images: int, width: int, epochs: int, rates: Mapping[str, float]) -> dict[str, Any]:
    return {"images": images, "width": width, "epochs": epochs, "rates": dict(rates)}


def build_model(pixels: int, width: int, recipe: frozenset[str]) -> Any:
    """The recipe's hidden layers, each with batch norm and dropout where it has them, and ten logits."""
    init = ("he" if "relu" in recipe else "glorot_x4") if "init" in recipe else "standard"
    distribution = "normal" if init == "he" else "uniform"

    def dense(fan_in: int, units: int) -> Any:
        weights = nets.Weights(distribution, nets.deviation(init, fan_in, units))
        return keras.layers.Dense(units, kernel_initializer=weights)

    x = inputs = keras.Input((pixels,))
    for _ in range(DEEP if "depth" in recipe else SHALLOW):
        x = dense(x.shape[1], width)(x)
        if "batch_norm" in recipe:
            x = keras.layers.BatchNormalization()(x)
        x = keras.layers.Activation("relu" if "relu" in recipe else "sigmoid")(x)
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
    optimizer = keras.optimizers.Adam if "adam" in recipe else keras.optimizers.SGD
    steps = settings["epochs"] * (len(training.y) // BATCH)
    return Experiment(
        build_model=lambda hyper: build_model(training.x.shape[1], settings["width"], recipe),
        build_optimizer=lambda hyper: optimizer(lambda: hyper["learning_rate"]),
        loss=model.cross_entropy if "cross_entropy" in recipe else squared_error,
        data=training,
        batch_size=BATCH,
        steps=steps,
        evaluate=nets.held_out(min(settings["images"], 10_000)),
        evaluate_every=steps,
        hyper={"learning_rate": settings["rates"][name]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    experiments = {name: experiment(settings, name) for name in settings["rates"]}
    for seed, runs in nets.side_by_side(experiments, seeds, lanes):
        errors = {name: trial.metrics.get("test_error") for name, trial in runs.items()}
        known = {name: error for name, error in errors.items() if error is not None}
        metrics: dict[str, float | None] = dict(shares(known)) if set(known) == set(RECIPES) else {}
        if len(known) == len(runs) == 2:
            metrics["error_saved"] = known["eighties"] - known["with_cross_entropy"]
        if len(runs) == 1:
            metrics["validation_error"] = next(iter(runs.values())).metrics.get("validation_error")
        points = [(place, error) for place, error in enumerate(known.values())]
        yield nets.together(seed, runs, metrics, {"test_error_by_recipe": points})


def shares(errors: Mapping[str, float]) -> dict[str, float]:
    """Each factor's share of the error saved, those of the groups that are judged, and the error of each recipe.

    Not over the sum of the factors' values: one factor that does harm without the others can turn that sum negative,
    and with it the sign of every share.
    """
    old, new = errors["eighties"], errors["modern"]
    saved = {f: ((old - errors[f"with_{f}"]) + (errors[f"without_{f}"] - new)) / 2 for f in FACTORS}
    found = {f"share_{factor}": value / (old - new) for factor, value in saved.items()}
    found["share_relu_dropout"] = found["share_relu"] + found["share_dropout"]
    found["share_four"] = found["share_relu_dropout"] + found["share_init"] + found["share_depth"]
    return {**found, **{f"error_{recipe}": errors[recipe] for recipe in RECIPES}, "error_saved": old - new}
