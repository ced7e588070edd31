"""What does training on FGSM examples, made anew for every batch, do to a net's errors on them, and on clean digits?

Loss 0.5 J(x) + 0.5 J(x + 0.25 sign of the gradient), no gradient through the sign, beside the same net on clean digits
alone, and on random signs of that size in place of the gradient's. Arms of a net share first weights, batches, number
of updates and tuning.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.adversarial import measures, model, nets

DATASET = "images"
SEEDS = {"mlp": 10, "mlp_dropout": 10, "cnn": 8}
NOISE_SEEDS = 5  # decide nothing
EPOCHS = {"mlp": 10, "mlp_dropout": 10, "cnn": 4}
SECONDS = {
    "mlp_clean": 60, "mlp_noise": 100, "mlp_fgsm": 135, "mlp_dropout_clean": 65, "mlp_dropout_noise": 105,
    "mlp_dropout_fgsm": 140, "cnn_clean": 60, "cnn_fgsm": 110,
}  # fmt: skip
FULL: dict[str, Any] = {"test": "test", "tested": 10_000, "attacked": measures.ATTACKED, "drawn": measures.DRAWN}
QUICK: dict[str, Any] = {"steps": 300, "test": "validation", "tested": 1_000, "attacked": 200}
RATES = dict.fromkeys(SECONDS, 3e-3)
GRID = (3e-4, 1e-3, 3e-3)  # the best by the clean error on validation images, after a quarter of the steps
PILOT_SHARE = 0.25
TURNING = ("mlp_clean", "mlp_fgsm")  # what is said of these turns with the rate; all epochs, on validation images
TURNING_SEEDS = {3e-4: 1, 1e-3: 3, 2e-3: 1, 3e-3: 3, 1e-2: 1}  # pilot seeds at each rate


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(
            Arm(name, _settings(name, RATES[name], **FULL), tuple(range(_count(name))), seconds=seconds)
            for name, seconds in SECONDS.items()
        )
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        rates = [_pilot(name, rate, seeds[:2]) for name in SECONDS for rate in GRID]
        return (_quick(seeds), *rates, *(_turning(name, rate) for name in TURNING for rate in TURNING_SEEDS))
    return ()


def _count(name: str) -> int:
    net, _, loss = name.rpartition("_")
    return NOISE_SEEDS if loss == "noise" else SEEDS[net]


def _settings(name: str, rate: float, **rest: Any) -> dict[str, Any]:
    net, _, loss = name.rpartition("_")
    return {"net": net, "loss": loss, "rate": rate, "steps": EPOCHS[net] * model.EPOCH, **rest}


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"net": "small_mlp", "loss": "fgsm", "rate": 3e-3, **QUICK}
    return Arm("small_mlp_fgsm", settings, tuple(seeds), lanes=4, seconds=2)


def _pilot(name: str, rate: float, seeds: Sequence[int]) -> Arm:
    settings = _settings(name, rate, select=True)
    settings["steps"] = round(PILOT_SHARE * settings["steps"])
    return Arm(f"{name}_rate_{rate:g}", settings, tuple(seeds), seconds=PILOT_SHARE * SECONDS[name])


def _turning(name: str, rate: float) -> Arm:
    settings = _settings(name, rate, test="validation", tested=10_000, attacked=500)
    seeds = range(20_000, 20_000 + TURNING_SEEDS[rate])
    return Arm(f"{name}_{EPOCHS['mlp']}_epochs_rate_{rate:g}", settings, tuple(seeds), seconds=SECONDS[name])


def experiment(settings: Mapping[str, Any]) -> Experiment:
    net, loss = nets.NETS[settings["net"]], model.LOSSES[settings["loss"]]
    return model.experiment(settings, net, loss, measures.attacked(settings, noise=not settings.get("select")))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from measures.finished(train(experiment(settings), seeds, lanes=lanes))
