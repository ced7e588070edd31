"""What does training on FGSM examples, made anew for every batch, do to a net's errors on them, and on clean digits?

Loss 0.5 J(x) + 0.5 J(x + 0.25 sign of the gradient), no gradient through the sign, beside the same net on clean digits
alone, and on random signs of that size in place of the gradient's. Arms of a net share first weights, batches, number
of updates and tuning.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.adversarial import measures, model, nets, rates

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
    "noise_signs_error": "error under random signs of 0.25, per cent",
    "noise_uniform_error": "error under uniform noise up to 0.25, per cent",
    "noise_others_pattern_error": "error under the FGSM pattern of another image, per cent",
    "noise_shuffled_pattern_error": "error under the image's own FGSM pattern, its pixels shuffled, per cent",
    "noise_budget_kept": "test images within the budget under such changes, a share",
    "signs_excess": "what random signs add to the clean error, points",
    "fgsm_over_signs": "error under FGSM over that under random signs, a ratio",
    "attacked_fgsm_50": "error of 2000 test images under FGSM of 0.05, per cent",
    "attacked_fgsm_250": "error of 2000 test images under FGSM of 0.25, per cent",
    "attacked_pgd_50": "error of 2000 test images under PGD-40 of 0.05, per cent",
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
EPOCHS = {"mlp": 10, "mlp_dropout": 10, "cnn": 4}
SECONDS = {
    "mlp_clean": 20, "mlp_noise": 30, "mlp_fgsm": 40, "mlp_dropout_clean": 25, "mlp_dropout_noise": 40,
    "mlp_dropout_fgsm": 60, "cnn_clean": 30, "cnn_fgsm": 50,
}  # fmt: skip
FULL: dict[str, Any] = {
    "test": "test", "tested": 10_000, "attacked": measures.ATTACKED, "drawn": measures.DRAWN,
    "epsilons": [model.WEAK, model.EPSILON],
}  # fmt: skip
TURNING_SEEDS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 2)
"""Of the nets of which a conclusion turns with the rate: everything is measured of them at each."""
QUICK: dict[str, Any] = {"steps": 300, "test": "validation", "tested": 1_000, "attacked": 200}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(Arm(name, _settings(name, **FULL), seconds=seconds) for name, seconds in SECONDS.items())
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        tuned = [name for name in SECONDS if name not in rates.FINE]
        return (
            _quick(seeds),
            *(_pilot(name, rate, seeds[:2]) for name in tuned for rate in rates.grid(name)),
            *(_turning(name, rate) for name, grid in rates.FINE.items() for rate in grid),
        )
    return ()


def _settings(name: str, **rest: Any) -> dict[str, Any]:
    net, _, loss = name.rpartition("_")
    return {"net": net, "loss": loss, "rate": rates.RATES[name], "steps": EPOCHS[net] * model.EPOCH, **rest}


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"net": "small_mlp", "loss": "fgsm", "rate": 3e-3, **QUICK}
    return Arm("small_mlp_fgsm", settings, tuple(seeds), lanes=4, seconds=2)


def _pilot(name: str, rate: float, seeds: Sequence[int]) -> Arm:
    settings = _settings(name, select=True) | {"rate": rate}
    return Arm(f"{name}_rate_{rate:g}", settings, tuple(seeds), seconds=SECONDS[name])


def _turning(name: str, rate: float) -> Arm:
    """All that is measured of a net, on validation images."""
    settings = _settings(name, test="validation", tested=10_000, attacked=500) | {"rate": rate}
    arm = f"{name}_{EPOCHS['mlp']}_epochs_rate_{rate:g}"
    return Arm(arm, settings, tuple(TURNING_SEEDS), seconds=SECONDS[name])


def experiment(settings: Mapping[str, Any]) -> Experiment:
    net, loss = nets.NETS[settings["net"]], model.LOSSES[settings["loss"]]
    return model.experiment(settings, net, loss, measures.attacked(settings, noise=not settings.get("select")))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from measures.finished(train(experiment(settings), seeds, lanes=lanes))
