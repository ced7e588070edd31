"""How the nets of this reproduction are trained and measured: what all its studies share."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import keras
from keras import ops

from common import datasets, variants
from common.training import Arrays, Evaluation, Experiment, Run
from reproductions.dropout import model

MOMENTUM = 0.95  # Srivastava et al. 2014, appendix B.1
HIDDEN, INPUT = 0.5, 0.2  # their probabilities of being dropped
GRID = (0.01, 0.03, 0.1)  # rates among which pilots choose
BEYOND = {"plain": 0.3, "dropout": 0.003}  # and one beyond the end at which the best of these mostly lies
SPEED, A_STEP = 1.3e11, 0.25e-3  # operations a second of one core, seconds around the products of a step; for plans
PIXELS = 784  # of MNIST, for plans only


class Falling(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """A rate that is constant (`falls` 0) or goes down in a straight line to zero at the last step (`falls` 1)."""

    def __init__(self, hyper: Mapping[str, Any], steps: int) -> None:
        self.hyper = hyper
        self.steps = steps

    def __call__(self, step: Any) -> Any:
        rate, falls = (ops.convert_to_tensor(self.hyper[name]) for name in ("learning_rate", "falls"))
        return rate * (1 - falls * ops.cast(step, rate.dtype) / self.steps)

    def get_config(self) -> dict[str, Any]:
        return {"hyper": self.hyper, "steps": self.steps}


def net(depth: int, width: int, images: int, epochs: int, *, batch: int = 100, falls: bool = True) -> dict[str, Any]:
    """The settings that all studies have. The rate and the probabilities are those of each study.

    `judged` is the split that stands for test images: only the arms of a verdict see those.
    """
    return {
        "depth": depth,
        "width": width,
        "images": images,
        "epochs": epochs,
        "batch": batch,
        "falls": float(falls),
        "judged": "validation",
    }


def on_test_images(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an arm that a verdict reads."""
    return {**settings, "judged": "test"}


def on(split: datasets.Split, metrics: Any = model.mistakes) -> Evaluation:
    """All of a split, in batches of a thousand, or at once where that does not divide it."""
    size = len(split.labels)
    return Evaluation(Arrays(split.images, split.labels), metrics, size, size if size % 1000 else 1000)


def held_out(settings: Mapping[str, Any]) -> dict[str, Evaluation]:
    """What a net is measured on: validation images, and those that `judged` names."""
    images = datasets.load_images()
    return {"validation": on(images.validation), "test": on(getattr(images, settings["judged"]))}


def dropped(hidden: float, inputs: float = INPUT) -> dict[str, float]:
    """The probabilities as values of `hyper`; without dropout in the hidden layers there is none at the input."""
    return {"drop_hidden": hidden, "drop_input": inputs if hidden else 0.0}


def experiment(
    settings: Mapping[str, Any], data: Arrays | None = None, outputs: int = model.CLASSES, **rest: Any
) -> Experiment:
    """Cross-entropy training of the net that `settings` name, on images; without dropout unless `hyper` changes that.

    The whole budget is `epochs` passes over the data, which is looked at before the first and after the last one.
    A trial's batches are no larger than its data.
    """
    data = data or model.training_images(settings["images"])
    batch = min(settings["batch"], len(data.y))
    steps = settings["epochs"] * (len(data.y) // batch)
    depth, width, limit = settings["depth"], settings["width"], settings.get("max_norm")
    hyper = {"learning_rate": settings.get("rate", GRID[1]), "falls": settings["falls"], **dropped(0.0)}
    if "max_norm" in settings:
        hyper["max_norm"] = inf if limit is None else limit
    plain = Experiment(
        build_model=lambda hyper: model.build_model(
            data.x.shape[1], depth, width, hyper, outputs, constrained="max_norm" in hyper
        ),
        build_optimizer=lambda hyper: keras.optimizers.SGD(Falling(hyper, steps), momentum=MOMENTUM),
        loss=model.cross_entropy,
        data=data,
        batch_size=batch,
        steps=steps,
        evaluate=rest.pop("evaluate", None) or held_out(settings),
        evaluate_every=steps,
        hyper=hyper,
    )
    return replace(plain, **rest)


def changed(base: Experiment, hyper: Mapping[str, float], **rest: Any) -> Experiment:
    """The same with other values of `hyper`, which share its program, or other fields, which do not."""
    return replace(base, hyper={**base.hyper, **hyper}, **rest)


def side_by_side(
    base: Experiment, values: Mapping[str, Mapping[str, float]], seeds: Sequence[int], lanes: int
) -> Iterator[tuple[int, dict[str, Run]]]:
    """Each seed with its run under each of some values of `hyper`, which share a program."""
    yield from variants.side_by_side({name: changed(base, given) for name, given in values.items()}, seeds, lanes)


def numbers(runs: Mapping[str, Run], names: Sequence[str]) -> dict[str, float | None]:
    """The last value of each named metric in every run: `plain_test_error` and the like; none of one that diverged."""
    return {
        f"{which}_{name}": run.metrics[name] for which, run in runs.items() for name in names if name in run.metrics
    }


def rounded(run: Run) -> Run:
    """Errors to a millionth: equal counts of mistakes, averaged over batches, may differ in their last digit."""
    metrics = {
        name: round(value, 6) if name.endswith("error") and value is not None else value
        for name, value in run.metrics.items()
    }
    return replace(run, metrics=metrics)


def seconds(settings: Mapping[str, Any], images: int | None = None) -> float:
    """Expected time of one net on one core: three products of batch and weights a step, and what surrounds them.

    Args:
        images: of another number than it is trained on.
    """
    depth, width = int(settings["depth"]), int(settings["width"])
    weights = PIXELS * width + (depth - 1) * width**2 + model.CLASSES * width
    seen = settings["epochs"] * (images or settings["images"])
    return float(1 + A_STEP * seen / settings["batch"] + 6 * weights * seen / SPEED)
