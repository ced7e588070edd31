"""How should a net that was trained with dropout be used: weights scaled, left as they are, or averaged over masks?

The dropout of the source: what is left in training is not divided by the probability of staying, so that the weights
have to be multiplied by it afterwards (Srivastava et al. 2014, section 4). Two layers of 512 ReLU units, without biases
and with them, on all training images; one trained net, measured on the test images in each way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import keras
from keras import ops

from common import datasets
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.dropout import model, nets

DATASET = "images"
METRICS = {
    "test_scaled_error": "share of test images misread with weights scaled by the probability of staying, %",
    "test_scaled_nll": "mean of -log p(label) on test images with weights scaled by the probability of staying, nats",
    "test_unscaled_error": "share of test images misread with weights as they are, %",
    "test_unscaled_nll": "mean of -log p(label) on test images with weights as they are, nats",
    "test_halved_error": "share of test images misread with weights times half the right factors, %",
    "test_halved_nll": "mean of -log p(label) on test images with weights times half the right factors, nats",
    "test_doubled_error": "share of test images misread with weights times twice the right factors, %",
    "test_doubled_nll": "mean of -log p(label) on test images with weights times twice the right factors, nats",
    "test_sample_error": "share of test images misread with one mask an image, %",
    "test_sample_nll": "mean of -log p(label) on test images with one mask an image, nats",
    "test_average_few_error": "share of test images misread with the mean over the first masks, %",
    "test_average_few_nll": "mean of -log p(label) on test images with the mean over the first masks, nats",
    "test_average_many_error": "share of test images misread with the mean over all masks, %",
    "test_average_many_nll": "mean of -log p(label) on test images with the mean over all masks, nats",
    "test_same_answers": "share of test images of which weights scaled and as they are say the same, ratio",
    "validation_error": "share of validation images misread with weights scaled, %",
    "train_loss": "mean of -log p(label) on the last batches with dropout on, nats",
    "scaled_minus_average": "error with weights scaled less that of the mean over all masks, points of %",
    "unscaled_error_times": "test_unscaled_error over test_scaled_error, ratio",
    "unscaled_nll_times": "test_unscaled_nll over test_scaled_nll, ratio",
    "halved_nll_times": "test_halved_nll over test_scaled_nll, ratio",
    "doubled_nll_times": "test_doubled_nll over test_scaled_nll, ratio",
    "sample_error_times": "test_sample_error over test_scaled_error, ratio",
}
DEPTH, WIDTH, IMAGES, EPOCHS, PILOT_EPOCHS = 2, 512, 50_000, 20, 5
FEW, MANY = 10, 100  # masks averaged
GRID = (0.03, 0.1, 0.3)  # larger than elsewhere: without the division gradients are smaller
RATE, BIASES_RATE, QUICK_RATE = 0.1, 0.1, 0.1


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        settings = nets.on_test_images(nets.net(DEPTH, WIDTH, IMAGES, EPOCHS))
        return (
            _arm("trained", (), settings, RATE, FEW, MANY),
            _arm("biases", (), {**settings, "biases": True}, BIASES_RATE, FEW, MANY),
        )
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        settings = nets.net(DEPTH, WIDTH, IMAGES, PILOT_EPOCHS)
        both = {"rate": settings, "biases_rate": {**settings, "biases": True}}
        tried = [(f"{word}_{rate:g}", own, rate) for word, own in both.items() for rate in GRID]
        return (_quick(seeds), *(_arm(name, seeds[:2], own, rate, 1, 2) for name, own, rate in tried))
    return ()


def _arm(name: str, seeds: Sequence[int], settings: Mapping[str, Any], rate: float, few: int, many: int) -> Arm:
    own = {**settings, "rate": rate, "few": few, "many": many}
    forward = nets.seconds({**settings, "epochs": 1}, 10_000 * many) * 2 / 3  # no backward pass, but before and after
    return Arm(name, own, tuple(seeds), seconds=1.2 * (nets.seconds(settings) + forward))  # masks take a sixth


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {**nets.net(DEPTH, 128, 500, 80), "rate": QUICK_RATE, "few": 2, "many": 10}
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=2)


def build_model(pixels: int, depth: int, width: int, biases: bool = False) -> Any:
    """The layers that were trained, dropout before each. The variance is He's for what is left of the inputs."""
    x = inputs = keras.Input((pixels,))
    for layer in range(depth + 1):
        drop = nets.HIDDEN if layer else nets.INPUT
        start = keras.initializers.VarianceScaling(2 / (1 - drop), distribution="truncated_normal")
        units, activation = (width, "relu") if layer < depth else (model.CLASSES, None)
        x = model.Dropout(partial(float, drop), inverted=False)(x)
        x = keras.layers.Dense(units, activation, use_bias=biases, kernel_initializer=start)(x)
    return keras.Model(inputs, x)


def layers(net: Any) -> list[tuple[Any, Any]]:
    """Kernel and bias of each layer; 0 where it has none."""
    dense = [layer for layer in net.layers if isinstance(layer, keras.layers.Dense)]
    return [
        (ops.convert_to_tensor(layer.kernel), ops.convert_to_tensor(layer.bias) if layer.use_bias else 0.0)
        for layer in dense
    ]


def forward(weights: Sequence[tuple[Any, Any]], x: Any, factors: Sequence[Any]) -> Any:
    """Logits when the inputs of each layer are multiplied by its factor: a number, or one for each (n, inputs)."""
    for place, ((kernel, bias), factor) in enumerate(zip(weights, factors, strict=True)):
        x = (ops.relu(x) if place else x) * factor @ kernel + bias
    return x


def masks(net: Any, x: Any, number: Any) -> list[Any]:
    """The masks of one sample, (n, inputs) a layer: drawn where training would, so many steps on."""
    generators = [layer.seed_generator for layer in net.layers if isinstance(layer, model.Dropout)]
    widths = [int(kernel.shape[0]) for kernel, _ in layers(net)]
    states = [ops.convert_to_tensor(generator.state) for generator in generators]
    ahead = [state + ops.cast(ops.stack([0 * number, number]), state.dtype) for state in states]
    pairs = [(generator.state, state) for generator, state in zip(generators, ahead, strict=True)]
    with keras.StatelessScope(pairs):
        drawn = [
            keras.random.uniform((x.shape[0], width), seed=generator)
            for width, generator in zip(widths, generators, strict=True)
        ]
    return [ops.cast(u < keep, x.dtype) for u, keep in zip(drawn, scaling(len(widths)), strict=True)]


def scaling(count: int) -> list[float]:
    """The probability of staying of the inputs of each of so many layers."""
    return [1 - nets.INPUT, *[1 - nets.HIDDEN] * (count - 1)]


def scaled(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Error in per cent with the weights multiplied by the probability of staying."""
    weights = layers(net)
    return {"error": model.percent_wrong(forward(weights, x, scaling(len(weights))), y)}


def ways(few: int, many: int) -> Any:
    """The metrics of an evaluation: `error` in per cent and `nll` in nats of each way, and `same_answers`, a share.

    `scaled` by the probability of staying, `unscaled`, `halved` and `doubled`: by half and by twice of that, `sample`:
    one mask an image, `average_few` and `average_many`: the mean of the probabilities over masks.
    """

    def metrics(net: Any, x: Any, y: Any) -> dict[str, Any]:
        weights = layers(net)
        keep = scaling(len(weights))

        def add(number: Any, total: Any) -> Any:
            return total + ops.softmax(forward(weights, x, masks(net, x, number)))

        logits = {
            "scaled": forward(weights, x, keep),
            "unscaled": forward(weights, x, [1.0] * len(keep)),
            "halved": forward(weights, x, [factor / 2 for factor in keep]),
            "doubled": forward(weights, x, [factor * 2 for factor in keep]),
            "sample": forward(weights, x, masks(net, x, ops.convert_to_tensor(0))),
        }
        some = ops.fori_loop(0, few, add, ops.zeros_like(logits["scaled"]))
        logits["average_few"] = ops.log(some / few)
        logits["average_many"] = ops.log(ops.fori_loop(few, many, add, some) / many)
        answers = {name: ops.argmax(logits[name], axis=-1) for name in ("scaled", "unscaled")}
        same = ops.cast(answers["scaled"] == answers["unscaled"], "float32")
        found = {"same_answers": ops.mean(same)}
        for name, scores in logits.items():
            found[f"{name}_error"] = model.percent_wrong(scores, y)
            found[f"{name}_nll"] = ops.mean(model.surprise(scores, y))
        return found

    return metrics


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """The judged images all at once, so that no two of them share a mask."""
    images = datasets.load_images()
    judged = nets.on(getattr(images, settings["judged"]), ways(settings["few"], settings["many"]))
    shape = images.test.images.shape[1], settings["depth"], settings["width"], settings.get("biases", False)
    return nets.changed(
        nets.experiment(settings),
        {},
        build_model=lambda hyper: build_model(*shape),
        evaluate={"validation": nets.on(images.validation, scaled), "test": replace(judged, batch_size=judged.size)},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        found = compared(trial.metrics) if trial.status == "ok" else {}
        yield replace(trial, metrics={**trial.metrics, **found}, curves={})


def compared(metrics: Mapping[str, float | None]) -> dict[str, float]:
    """The ways beside scaled weights; errors rounded to a millionth, so that equal counts of mistakes are equal."""
    known = {name: value for name, value in metrics.items() if value is not None}
    best, nll = known["test_scaled_error"], known["test_scaled_nll"]
    found = {"scaled_minus_average": round(best - known["test_average_many_error"], 6)}
    for way in ("unscaled", "halved", "doubled"):
        found[f"{way}_nll_times"] = known[f"test_{way}_nll"] / nll
    for way in ("unscaled", "sample") if best else ():
        found[f"{way}_error_times"] = round(known[f"test_{way}_error"] / best, 6)
    return found
