"""Can it be told after a hundredth of the budget which seeds will ever learn 29 to 32 bits of parity?

The runs are those of `frontier`, on seeds of their own; after 1 % of the steps every hidden unit's correlation with the
parity is read off its weights, and the largest is the seed's score.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.parity import alignment, model
from reproductions.parity.studies import frontier

DATASET = "synthetic"
METRICS = {
    "score": "largest correlation of a unit's being on with the parity after 1 % of the budget, log10",
    "score_at_start": "the same before training, log10",
    "accuracy": "mean accuracy over the looks of the run's last tenth, share of 20 000 fresh strings",
    "test_accuracy": "accuracy at the last look, share of 20 000 fresh strings",
    "validation_accuracy": "accuracy at the last look on the strings kept for stopping, share of 10 000",
    "net_score": "the score at the last look, log10",
    "train_loss": "mean logistic loss since the look before, nats",
}
BITS = (29, 30, 31, 32)
SEEDS = tuple(range(5_000, 5_040))  # first trained after the commit of `early_prediction.json`
HUNDREDTH = frontier.LONG // 100  # steps: the first look after the start
PILOTS = tuple(range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 2))


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":  # no claim reads them, so they name their seeds
        return tuple(_arm(n, frontier.LONG, SEEDS) for n in BITS)
    if tier == "pilot":
        return (_arm(31, HUNDREDTH, PILOTS),)
    return ()


def _arm(n: int, steps: int, seeds: tuple[int, ...]) -> Arm:
    settings = {"n": n, "widths": [512], "optimizer": "adam", "rate": frontier.RATES["adam"], "steps": steps}
    return Arm(f"adam_n{n}", settings, seeds, seconds=steps * 0.5e-3)


def score(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Logarithm of the largest correlation of a hidden unit's being on with the parity; the strings are not read."""
    layer = net.layers[1]
    return {"score": ops.log10(ops.max(alignment.correlations(layer.kernel, layer.bias)))}


def experiment(settings: Mapping[str, Any]) -> Experiment:
    plain = frontier.experiment(settings)
    looked = {**plain.evaluate, "net": Evaluation(model.strings(settings["n"]), score, size=1, batch_size=1)}
    return replace(plain, evaluate=looked)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics={**trial.metrics, **_read(trial)}) if trial.status == "ok" else trial


def _read(trial: Run) -> dict[str, float | None]:
    """The score, and what a run came to, as `frontier` reads it."""
    points = dict(trial.curves["net_score"])
    settled = [value for step, value in trial.curves["test_accuracy"] if step > 0.9 * trial.steps]
    return {
        "score": points.get(HUNDREDTH),
        "score_at_start": points[0],
        "accuracy": sum(settled) / len(settled),
    }
