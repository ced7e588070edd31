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
METRICS = {
    "dead_rise": "share of ReLU units that no training image activates at the largest rate at which the net did "
    "not diverge, less that at the smallest, a share",
    "most_dead": "greatest such share over those rates, a share",
    "rank_correlation": "Spearman's, of that share with the rate, a number",
    "largest_rate": "largest rate at which the ReLU net did not diverge, a rate",
    "relu_minus_leaky": "test error of ReLU less that of leaky ReLU, the mean over the rates from the one on at which "
    "over a fifth is dead, points of a per cent",
    "relu_diverged": "rates at which the ReLU net diverged, a count",
    "leaky_diverged": "rates at which the leaky net diverged, a count",
}
IMAGES, WIDTH, BATCH, EPOCHS, DEPTH = 10_000, 128, 64, 5, 2
RATES = ("0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1", "3")
CHANCE_ERROR = 90.0  # per cent: what a net that diverged is taken to have wrong, whichever it is
DEAD = 0.2  # share of units beyond which the two activations are compared


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        settings = {"images": IMAGES, "rates": list(RATES), "held_out": nets.JUDGED}
        return (Arm("relu_and_leaky", settings, lanes=4, seconds=22),)
    seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50) if tier == "pilot" else range(4)
    settings = {"images": 2_000, "rates": ["0.01", "3"], "held_out": {}}
    return (Arm("quick", settings, tuple(seeds), lanes=4, seconds=1.5),) if tier != "gpu" else ()


def experiment(settings: Mapping[str, Any], activation: str = "relu", rate: str = "0.1") -> Experiment:
    training = model.training_images(settings["images"])
    steps = EPOCHS * (len(training.y) // BATCH)
    shape = {"activation": activation, "init": "he", "depth": DEPTH, "width": WIDTH, "images": settings["images"]}
    counted = {"train": Evaluation(training, dead, len(training.y), len(training.y))}
    own = {"batch": BATCH, "steps": steps, "every": steps, "rate": float(rate)}
    return nets.experiment({**shape, **own}, evaluate=counted | nets.held_out(settings["held_out"]))


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
        shares = [relu.metrics["train_dead"] if relu.status == "ok" else None for relu, _ in table.values()]
        points = [(place, share) for place, share in enumerate(shares) if share is not None]
        yield nets.together(seed, runs, compared(table), {"dead_over_rate": points})


def compared(table: Mapping[str, tuple[Run, Run]]) -> dict[str, float | None]:
    """Dead units over the rates, in their order, at which the ReLU net did not diverge; errors from the first of them
    on at which many units are dead, where either net that diverged is taken to know nothing."""
    shares = {rate: relu.metrics["train_dead"] or 0.0 for rate, (relu, _) in table.items() if relu.status == "ok"}
    relu_lost, leaky_lost = (sum(pair[place].status != "ok" for pair in table.values()) for place in (0, 1))
    metrics: dict[str, float | None] = {"relu_diverged": float(relu_lost), "leaky_diverged": float(leaky_lost)}
    if shares:
        rates, dead_shares = [float(rate) for rate in shares], list(shares.values())
        metrics |= {"largest_rate": rates[-1], "dead_rise": dead_shares[-1] - dead_shares[0]}
        metrics |= {"most_dead": max(dead_shares), "rank_correlation": rank_correlation(rates, dead_shares)}
    first = next((rate for rate, share in shares.items() if share > DEAD), None)
    if first is not None and any("test_error" in run.metrics for pair in table.values() for run in pair):
        pairs = list(table.values())[list(table).index(first) :]
        metrics["relu_minus_leaky"] = sum(_error(relu) - _error(leaky) for relu, leaky in pairs) / len(pairs)
    return metrics


def _error(trial: Run) -> float:
    error = trial.metrics.get("test_error")
    return CHANCE_ERROR if error is None or trial.status != "ok" else error
