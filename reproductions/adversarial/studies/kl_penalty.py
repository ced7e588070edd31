"""Does a penalty on the divergence of two predictions improve on training on FGSM examples?

Four losses of the same net 2×512, of one rate, number of updates, first weights and batches: 0.5 J(x) + 0.5 J(x + r)
with r the FGSM step of 0.25; that and λ KL(p(x) ‖ p(x + r)); J(x) + λ KL(p(x) ‖ p(x + r)) with that r; and the same
with the virtual adversarial r of L2 norm 2.1.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.adversarial import measures, model, nets, penalised, rates

DATASET = "images"
METRICS = {
    "test_error": "error on 10 000 clean test images, per cent",
    "test_fgsm_50": "error under FGSM of 0.05, per cent",
    "test_fgsm_250": "error under FGSM of 0.25, per cent",
    "test_fgsm_clipped_50": "the same at 0.05, cut to the pixel range, per cent",
    "test_fgsm_clipped_250": "the same at 0.25, cut to the pixel range, per cent",
    "test_fgsm_confidence": "mean probability of the answer over the errors under FGSM of 0.25, a probability",
    "test_fgsm_clipped_confidence": "the same where images are cut to the pixel range, a probability",
    "test_still_pixels": "pixels whose gradient is exactly 0, a share",
    "test_budget_kept": "test images within the budget under FGSM, a share",
    "attacked_fgsm_50": "error of 2000 test images under FGSM of 0.05, per cent",
    "attacked_fgsm_250": "error of 2000 test images under FGSM of 0.25, per cent",
    "attacked_pgd_50": "error of 2000 test images under PGD-40 of 0.05, per cent",
    "attacked_pgd_250": "error of 2000 test images under PGD-40 of 0.25, per cent",
    "attacked_budget_kept": "of these images those within the budget, a share",
    "attacked_planted_found": "planted examples that FGSM or PGD finds, whichever finds less, a share",
    "pgd_gain": "what PGD-40 of 0.25 adds to the error under FGSM, points",
    "budget_kept": "the least of the shares within the budget, a share",
    "planted_found": "planted examples found, a share",
    "validation_error": "of a pilot: error on 10 000 clean validation images, per cent",
    "train_loss": "loss of the last batches, nats",
}
SECONDS = {"fgsm": 40.0, "fgsm_and_kl": 60.0, "kl_fgsm": 60.0, "kl_virtual": 60.0}
FULL: dict[str, Any] = {"net": "mlp", "steps": 10 * model.EPOCH}
MEASURED: dict[str, Any] = {
    "test": "test", "tested": 10_000, "attacked": measures.ATTACKED, "epsilons": [model.WEAK, model.EPSILON],
}  # fmt: skip
QUICK: dict[str, Any] = {"steps": 300, "test": "validation", "tested": 1_000, "attacked": 200}
RATE = rates.RATES["mlp_fgsm"]  # of all four
WEIGHTS = dict.fromkeys(("fgsm_and_kl", "kl_fgsm", "kl_virtual"), 0.25)
WEIGHT_GRID = (0.125, 0.25, 0.5, 1.0, 2.0)  # by the clean error on validation images; as many as rates


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(
            Arm(loss, _settings(loss, **FULL, **MEASURED), seconds=seconds) for loss, seconds in SECONDS.items()
        )
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        return (_quick(seeds), *(_pilot(loss, weight, seeds[:2]) for loss in WEIGHTS for weight in WEIGHT_GRID))
    return ()


def _settings(loss: str, **rest: Any) -> dict[str, Any]:
    weight = {"weight": WEIGHTS[loss]} if loss in WEIGHTS else {}
    return {"loss": loss, "rate": RATE, **weight, **rest}


def _quick(seeds: Sequence[int]) -> Arm:
    settings = _settings("kl_fgsm", net="small_mlp", **QUICK) | {"rate": 3e-3, "weight": 0.5}
    return Arm("small_mlp_kl_fgsm", settings, tuple(seeds), lanes=4, seconds=2)


def _pilot(loss: str, weight: float, seeds: Sequence[int]) -> Arm:
    settings = _settings(loss, **FULL, select=True) | {"weight": weight}
    return Arm(f"{loss}_weight_{weight:g}", settings, tuple(seeds), seconds=SECONDS[loss])


def experiment(settings: Mapping[str, Any]) -> Experiment:
    kind = settings["loss"]
    loss = penalised.LOSSES[kind](settings["weight"]) if kind in penalised.LOSSES else model.LOSSES[kind]
    return model.experiment(settings, nets.NETS[settings["net"]], loss, measures.attacked(settings))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from measures.finished(train(experiment(settings), seeds, lanes=lanes))
