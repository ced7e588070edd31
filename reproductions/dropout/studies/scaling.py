"""What happens to a net trained with dropout when testing leaves dropout on, or does not scale the weights?

One net, trained with dropout that does not rescale while training, is tested five ways: weights times the probability
to keep (the rule), weights as they are, weights times half of what the rule says, with dropout on (once), and as the
average of 10 or 100 such samples. Nets without biases show that scaling alone changes no answer, only its certainty.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.dropout import model
from reproductions.dropout.model import HIDDEN, INPUT, RATES

DATASET = "images"
BATCH, SAMPLES, FEW = 128, 100, 10
TESTED_AT_ONCE = 100  # images, each of them SAMPLES times


def arms(tier: Tier) -> tuple[Arm, ...]:
    seeds, pilots = tuple(range(20)), tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
    full: dict[str, Any] = {"width": 512, "images": 50_000, "steps": 3_900, "held_out": 10_000, "on": "test"}
    if tier == "full":
        return (_arm("biases", seeds, **full), _arm("no_biases", seeds[:10], bias=False, **full))
    quick = _arm("quick", seeds[:8], lanes=8, width=64, images=1_000, steps=300, held_out=200, on="validation")
    if tier == "quick":
        return (quick,)
    return (replace(quick, seeds=pilots),) if tier == "pilot" and RATES else ()


def _arm(
    name: str,
    seeds: tuple[int, ...],
    *,
    width: int,
    images: int,
    steps: int,
    held_out: int,
    on: str,
    bias: bool = True,
    lanes: int = 1,
) -> Arm:
    settings: dict[str, Any] = {"widths": [width, width], "images": images, "steps": steps, "bias": bias}
    settings |= {"held_out": held_out, "on": on, "rate": model.learning_rate("dropout", width)}
    needed = model.seconds([width, width], steps, BATCH, nets=1) + held_out * width * 5e-6
    return Arm(name, settings, seeds, lanes=lanes, seconds=needed, megabytes=1800)


def through(net: Any, x: Any, drop: Callable[[Any, Any], Any]) -> Any:
    """The logits when `drop(layer, inputs)` takes the place of every dropout layer."""
    for layer in net.layers[1:]:
        x = drop(layer, x) if isinstance(layer, model.Dropout) else layer(x)
    return x


def five_ways(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Error (per cent) and negative log-likelihood (nats) of each way to test, and how many answers scaling changes.

    The masks of a batch of images are those of every other batch; within it no two images or samples share one.
    """
    scaled = through(net, x, lambda layer, inputs: inputs * layer.keep())
    unscaled = through(net, x, lambda layer, inputs: inputs)
    halved = through(net, x, lambda layer, inputs: inputs * layer.keep() / 2)
    copies = through(net, ops.repeat(x, SAMPLES, axis=0), lambda layer, inputs: layer.sample(inputs))
    likely = ops.reshape(ops.softmax(copies), (-1, SAMPLES, model.CLASSES))
    logits = {"scaled": scaled, "unscaled": unscaled, "halved": halved}
    for name, count in (("one_sample", 1), ("mc10", FEW), ("mc100", SAMPLES)):
        logits[name] = ops.log(ops.mean(likely[:, :count], axis=1) + 1e-30)
    found: dict[str, Any] = {}
    for name, scores in logits.items():
        found |= {f"{name}_error": model.wrong(scores, y), f"{name}_nll": ops.mean(model.surprise(scores, y))}
    return found | {"changed": model.wrong(unscaled, ops.argmax(scaled, axis=-1))}


def experiment(settings: Mapping[str, Any]) -> Experiment:
    data, steps = model.training_images(settings["images"]), settings["steps"]
    tested = model.held_out(settings["on"], settings["held_out"], five_ways, TESTED_AT_ONCE)
    return Experiment(
        build_model=lambda hyper: model.build_model(
            data.x.shape[1], settings["widths"], HIDDEN, INPUT, bias=settings["bias"], inverted=False
        ),
        build_optimizer=lambda hyper: model.optimizer(hyper["learning_rate"], steps),
        loss=model.cross_entropy,
        data=data,
        batch_size=BATCH,
        steps=steps,
        evaluate={settings["on"]: tested},
        evaluate_every=steps,
        hyper={"learning_rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        found = {name.removeprefix(f"{settings['on']}_"): v for name, v in trial.metrics.items() if v is not None}
        yield replace(trial, metrics={**found, **compared(found)} if trial.status == "ok" else {})


def compared(found: Mapping[str, float]) -> dict[str, float]:
    """The other ways to test beside the rule; a quotient of errors is absent where the rule errs on no image."""
    error = found["scaled_error"]
    return {
        "scaled_minus_mc100": error - found["mc100_error"],
        "one_sample_excess": found["one_sample_error"] - error,
        "unscaled_nll_ratio": found["unscaled_nll"] / found["scaled_nll"],
        **({"one_sample_ratio": found["one_sample_error"] / error} if error else {}),
    }
