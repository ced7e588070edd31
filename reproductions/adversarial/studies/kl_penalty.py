"""Does a penalty on the divergence of two predictions improve on training on FGSM examples?

Cross-entropy + λ KL(p(x) ‖ p(x + r)) with r the FGSM step of 0.25 or the virtual adversarial one of L2 norm 2.1,
against 0.5 J(x) + 0.5 J(x + r), r the FGSM step: the same net 2×512, rate, updates, first weights and batches.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.adversarial import measures, model, nets, penalised

DATASET = "images"
SECONDS = {"fgsm": 125.0, "kl_fgsm": 130.0, "kl_virtual": 145.0}
FULL: dict[str, Any] = {"net": "mlp", "steps": 10 * model.EPOCH}
MEASURED: dict[str, Any] = {"test": "test", "tested": 10_000, "attacked": measures.ATTACKED}
QUICK: dict[str, Any] = {"steps": 300, "test": "validation", "tested": 1_000, "attacked": 200}
RATE = 3e-3  # of all three, the best for training on FGSM examples
WEIGHTS = {"kl_fgsm": 0.5, "kl_virtual": 0.5}
RATE_GRID, WEIGHT_GRID = (3e-4, 1e-3, 3e-3), (0.5, 1.0, 2.0)  # by the clean error on validation images: three an arm
PILOT_SHARE = 0.25


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(
            Arm(loss, _settings(loss, **FULL, **MEASURED), tuple(range(10)), seconds=seconds)
            for loss, seconds in SECONDS.items()
        )
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        choices = [("fgsm", "rate", rate) for rate in RATE_GRID]
        choices += [(loss, "weight", weight) for loss in WEIGHTS for weight in WEIGHT_GRID]
        return (_quick(seeds), *(_pilot(*choice, seeds[:2]) for choice in choices))
    return ()


def _settings(loss: str, **rest: Any) -> dict[str, Any]:
    weight = {"weight": WEIGHTS[loss]} if loss in WEIGHTS else {}
    return {"loss": loss, "rate": RATE, **weight, **rest}


def _quick(seeds: Sequence[int]) -> Arm:
    settings = _settings("kl_virtual", net="small_mlp", **QUICK)
    return Arm("small_mlp_kl_virtual", settings, tuple(seeds), lanes=4, seconds=2)


def _pilot(loss: str, what: str, value: float, seeds: Sequence[int]) -> Arm:
    settings = _settings(loss, **FULL, select=True) | {what: value}
    settings["steps"] = round(PILOT_SHARE * settings["steps"])
    return Arm(f"{loss}_{what}_{value:g}", settings, tuple(seeds), seconds=PILOT_SHARE * SECONDS[loss])


def experiment(settings: Mapping[str, Any]) -> Experiment:
    kind = settings["loss"]
    moves = penalised.MOVES
    loss = penalised.penalised(moves[kind], settings["weight"]) if kind in moves else model.LOSSES[kind]
    return model.experiment(settings, nets.NETS[settings["net"]], loss, measures.attacked(settings))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from measures.finished(train(experiment(settings), seeds, lanes=lanes))
