"""Do larger learning rates kill ReLU units, and is a leaky ReLU better off where they do?

Two hidden layers, five epochs of plain SGD on 10 000 images at rates from 0.001 to 3. A unit is dead when none of the
training images activates it. A trial trains one seed with either activation at every rate, from the same weights.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keras import ops

from common.statistics import rank_correlation
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run
from reproductions.deep_init import model, nets

DATASET = "images"
IMAGES, WIDTH, BATCH, EPOCHS, DEPTH = 10_000, 128, 64, 5, 2
RATES = ("0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1", "3")
CHANCE_ERROR = 90.0  # per cent: what a leaky net that diverged is taken to have wrong
DEAD = 0.2  # share of units beyond which the two activations are compared


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (Arm("relu_and_leaky", _settings(IMAGES, RATES), tuple(range(10)), lanes=5, seconds=14),)
    seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50) if tier == "pilot" else range(4)
    quick = Arm("quick", _settings(2_000, ("1",)), tuple(seeds), lanes=4, seconds=1.0)
    return (quick,) if tier != "gpu" else ()


def _settings(images: int, rates: Sequence[str]) -> dict[str, Any]:
    return {"images": images, "rates": list(rates)}


def experiment(settings: Mapping[str, Any], activation: str = "relu", rate: str = "0.1") -> Experiment:
    training = model.training_images(settings["images"])
    steps = EPOCHS * (len(training.y) // BATCH)
    shape = {"activation": activation, "init": "he", "depth": DEPTH, "width": WIDTH, "images": settings["images"]}
    counted = {"train": Evaluation(training, dead, len(training.y), len(training.y))}
    own = {"batch": BATCH, "steps": steps, "every": steps, "rate": float(rate)}
    return nets.experiment({**shape, **own}, evaluate=counted | nets.held_out(min(settings["images"], 10_000)))


def dead(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Share of hidden units that are at or under zero on every one of these images."""
    silent = []
    for layer in net.layers[1:-1]:
        x = layer(x)
        silent.append(ops.all(x <= 0, axis=0))
    return {"dead": ops.mean(ops.cast(ops.concatenate(silent), "float32"))}


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    cells = [(activation, rate) for activation in ("relu", "leaky_relu") for rate in settings["rates"]]
    experiments = {f"{activation} {rate}": experiment(settings, activation, rate) for activation, rate in cells}
    for seed, runs in nets.side_by_side(experiments, seeds, lanes):
        table = {rate: (runs[f"relu {rate}"], runs[f"leaky_relu {rate}"]) for rate in settings["rates"]}
        shares = [(rate, relu.metrics["train_dead"]) for rate, (relu, _) in table.items() if relu.status == "ok"]
        points = [(settings["rates"].index(rate), share) for rate, share in shares if share is not None]
        yield nets.together(seed, runs, compared(table), {"dead_over_rate": points})


def compared(table: Mapping[str, tuple[Run, Run]]) -> dict[str, float | None]:
    """Over the rates at which the ReLU net did not diverge; errors are compared where many units are dead."""
    kept = {rate: pair for rate, pair in table.items() if pair[0].status == "ok"}
    shares = {rate: relu.metrics["train_dead"] or 0.0 for rate, (relu, _) in kept.items()}
    metrics: dict[str, float | None] = {"largest_rate": max(map(float, kept), default=None)}
    if kept:
        metrics["rank_correlation"] = rank_correlation([float(rate) for rate in kept], list(shares.values()))
        metrics["most_dead"] = max(shares.values())
    gaps = [
        (relu.metrics["test_error"] or 0.0) - (leaky.metrics.get("test_error") or CHANCE_ERROR)
        for rate, (relu, leaky) in kept.items()
        if shares[rate] > DEAD
    ]
    if gaps:
        metrics["relu_minus_leaky"] = sum(gaps) / len(gaps)
    return metrics
