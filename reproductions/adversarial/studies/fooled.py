"""How often does a small perturbation fool nets that were trained in the ordinary way, and how often does noise?

Softmax regression, 3-vs-7 logistic regression, ReLU nets with and without dropout, maxout and a small convolutional
net, all attacked by FGSM and by PGD-40, and met by noise and by patterns computed for other images.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.adversarial import measures, model, nets, strip

DATASET = "images"
EPOCHS = {"softmax": 10, "logistic_3_vs_7": 10, "mlp": 10, "mlp_dropout": 10, "maxout": 10, "cnn": 4}
THREES_AND_SEVENS = 80  # steps in an epoch of these alone
SECONDS = {"softmax": 12, "logistic_3_vs_7": 5, "mlp": 60, "mlp_dropout": 65, "maxout": 130, "cnn": 60}
FULL: dict[str, Any] = {"test": "test", "tested": 10_000, "attacked": measures.ATTACKED, "drawn": measures.DRAWN}
QUICK: dict[str, Any] = {"steps": 300, "test": "validation", "tested": 1_000, "attacked": 200}
RATES = dict.fromkeys(EPOCHS, 3e-3)
GRID = (3e-4, 1e-3, 3e-3)  # the best by the clean error on validation images, after a quarter of the steps
PILOT_SHARE = 0.25


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(
            Arm(net, _settings(net, RATES[net], **FULL, strip=net == "mlp"), tuple(range(10)), seconds=SECONDS[net])
            for net in EPOCHS
        )
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        return (_quick(seeds), *(_pilot(net, rate, seeds[:2]) for net in EPOCHS for rate in GRID))
    return ()


def _settings(net: str, rate: float, **rest: Any) -> dict[str, Any]:
    digits = {"digits": [3, 7]} if net == "logistic_3_vs_7" else {}
    epoch = THREES_AND_SEVENS if digits else model.EPOCH
    return {"net": net, "rate": rate, "steps": EPOCHS[net] * epoch, **digits, **rest}


def _quick(seeds: Sequence[int]) -> Arm:
    return Arm("small_mlp", {"net": "small_mlp", "rate": 3e-3, **QUICK}, tuple(seeds), lanes=4, seconds=1.5)


def _pilot(net: str, rate: float, seeds: Sequence[int]) -> Arm:
    settings = _settings(net, rate, select=True)
    settings["steps"] = round(PILOT_SHARE * settings["steps"])
    return Arm(f"{net}_rate_{rate:g}", settings, tuple(seeds), seconds=PILOT_SHARE * SECONDS[net])


def experiment(settings: Mapping[str, Any]) -> Experiment:
    evaluate = measures.attacked(settings, noise=not settings.get("select"))
    if settings.get("strip"):
        shown = model.images(settings["test"], strip.STRIP)
        evaluate["strip"] = measures.evaluation(shown, strip.strip)
    return model.experiment(settings, nets.NETS[settings["net"]], model.clean_loss, evaluate)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        kept = {name: value for name, value in trial.metrics.items() if not name.startswith("strip_")}
        (found,) = measures.finished([replace(trial, metrics=kept)])
        if settings.get("strip") and trial.seed == 0:
            shown = model.images(settings["test"], strip.STRIP).x
            found = replace(found, curves={**found.curves, **strip.drawing(trial.metrics, shown)})
        yield found
