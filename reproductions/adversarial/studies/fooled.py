"""How often does a small perturbation fool nets that were trained in the ordinary way, and how often does noise?

Softmax regression, 3-vs-7 logistic regression, ReLU nets with and without dropout, maxout and a small convolutional
net, all attacked by FGSM and by PGD-40, and met by noise and by patterns computed for other images.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.adversarial import measures, model, nets, rates, strip

DATASET = "images"
METRICS = {
    "test_error": "error on 10 000 clean test images, per cent",
    "test_fgsm_100": "error under FGSM of 0.1, per cent",
    "test_fgsm_250": "error under FGSM of 0.25, per cent",
    "test_fgsm_clipped_100": "the same at 0.1, cut to the pixel range, per cent",
    "test_fgsm_clipped_250": "the same at 0.25, cut to the pixel range, per cent",
    "test_fgsm_confidence": "mean probability of the answer over the errors under FGSM of 0.25, a probability",
    "test_fgsm_clipped_confidence": "the same where images are cut to the pixel range, a probability",
    "test_still_pixels": "pixels whose gradient is exactly 0, a share",
    "test_budget_kept": "test images within the budget under FGSM, a share",
    "noise_signs_error": "error under random signs of 0.25, per cent",
    "noise_uniform_error": "error under uniform noise up to 0.25, per cent",
    "noise_others_pattern_error": "error under the FGSM pattern of another image, per cent",
    "noise_shuffled_pattern_error": "error under the image's own FGSM pattern, its pixels shuffled, per cent",
    "noise_budget_kept": "test images within the budget under such changes, a share",
    "signs_excess": "what random signs add to the clean error, points",
    "fgsm_over_signs": "error under FGSM over that under random signs, a ratio",
    "attacked_fgsm_100": "error of 2000 test images under FGSM of 0.1, per cent",
    "attacked_fgsm_250": "error of 2000 test images under FGSM of 0.25, per cent",
    "attacked_pgd_100": "error of 2000 test images under PGD-40 of 0.1, per cent",
    "attacked_pgd_250": "error of 2000 test images under PGD-40 of 0.25, per cent",
    "attacked_budget_kept": "of these images those within the budget, a share",
    "attacked_planted_found": "planted examples that FGSM or PGD finds, whichever finds less, a share",
    "pgd_gain": "what PGD-40 of 0.25 adds to the error under FGSM, points",
    "large_budget_pgd": "error of 500 test images under PGD-40 of the whole range, per cent",
    "largest_fall": "most that the error under PGD-40 falls from one budget to the next, points",
    "budget_kept": "the least of the shares within the budget, a share",
    "planted_found": "planted examples found, a share",
    "validation_error": "of a pilot: error on 10 000 clean validation images, per cent",
    "train_loss": "loss of the last batches, nats",
}
EPOCHS = {"softmax": 10, "logistic_3_vs_7": 10, "mlp": 10, "mlp_dropout": 10, "maxout": 10, "cnn": 4}
THREES_AND_SEVENS = 80  # steps in an epoch of these alone
SECONDS = {"softmax": 3, "logistic_3_vs_7": 2, "mlp": 20, "mlp_dropout": 25, "maxout": 60, "cnn": 30}
SHOWN_SEED = 1000  # of `mlp`, whose attacked digits are drawn
FULL: dict[str, Any] = {
    "test": "test", "tested": 10_000, "attacked": measures.ATTACKED, "drawn": measures.DRAWN,
    "epsilons": [0.1, model.EPSILON],
}  # fmt: skip
QUICK: dict[str, Any] = {"steps": 300, "test": "validation", "tested": 1_000, "attacked": 200}
TUNED = ("softmax", "logistic_3_vs_7", "maxout")  # the others are those of `perturbed_training`


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(
            Arm(net, _settings(net, **FULL, strip=net == "mlp"), seconds=seconds) for net, seconds in SECONDS.items()
        )
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        return (_quick(seeds), *(_pilot(net, rate, seeds[:2]) for net in TUNED for rate in rates.grid(net)))
    return ()


def _settings(net: str, **rest: Any) -> dict[str, Any]:
    rate = rates.RATES[net if net in TUNED else f"{net}_clean"]
    digits = {"digits": [3, 7]} if net == "logistic_3_vs_7" else {}
    epoch = THREES_AND_SEVENS if digits else model.EPOCH
    return {"net": net, "rate": rate, "steps": EPOCHS[net] * epoch, **digits, **rest}


def _quick(seeds: Sequence[int]) -> Arm:
    return Arm("small_mlp", {"net": "small_mlp", "rate": 3e-3, **QUICK}, tuple(seeds), lanes=4, seconds=1.5)


def _pilot(net: str, rate: float, seeds: Sequence[int]) -> Arm:
    settings = _settings(net, select=True) | {"rate": rate}
    return Arm(f"{net}_rate_{rate:g}", settings, tuple(seeds), seconds=SECONDS[net])


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
        if settings.get("strip") and trial.seed == SHOWN_SEED:
            shown = model.images(settings["test"], strip.STRIP).x
            found = replace(found, curves={**found.curves, **strip.drawing(trial.metrics, shown)})
        yield found
