"""Do ensembles, votes over several views and unsupervised pre-training keep a net from being fooled?

Each defended system is attacked as it is used, with its own gradient, and through less: an ensemble of twelve through
one of its members, a vote over nine views through the central one. Beside them stand a single net, and one trained on
FGSM examples for as many updates, which shows that the attack can be resisted at this budget.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.adversarial import defended, measures, model, rates

DATASET = "images"
METRICS = {
    "test_error": "error on 10 000 clean test images, per cent",
    "test_fgsm_250": "error under FGSM of 0.25, per cent",
    "test_fgsm_clipped_250": "the same at 0.25, cut to the pixel range, per cent",
    "test_fgsm_confidence": "mean probability of the answer over the errors under FGSM of 0.25, a probability",
    "test_fgsm_clipped_confidence": "the same where images are cut to the pixel range, a probability",
    "test_still_pixels": "pixels whose gradient is exactly 0, a share",
    "test_budget_kept": "test images within the budget under FGSM, a share",
    "attacked_fgsm_250": "error of 2000 test images under FGSM of 0.25, per cent",
    "attacked_pgd_250": "error of 2000 test images under PGD-40 of 0.25, per cent",
    "attacked_budget_kept": "of these images those within the budget, a share",
    "attacked_planted_found": "planted examples that FGSM or PGD finds, whichever finds less, a share",
    "through_part_error": "error of the whole on FGSM examples made for a part of it, per cent",
    "through_part_own_error": "error of that part on them, per cent",
    "through_part_own_clean_error": "error of that part on clean images, per cent",
    "through_part_budget_kept": "of these examples those within the budget, a share",
    "pgd_gain": "what PGD-40 of 0.25 adds to the error under FGSM, points",
    "budget_kept": "the least of the shares within the budget, a share",
    "planted_found": "planted examples found, a share",
    "validation_error": "of a pilot: error on 10 000 clean validation images, per cent",
    "train_loss": "loss of the last batches, nats",
}
MEMBERS = 12
EPOCHS = {"ensemble": 5, "saccades": 10, "pretrained": 15, "single": 10, "trained_on_fgsm": 10}  # 5 of 15 unsupervised
PRETRAINING = 5 * model.EPOCH
SECONDS = {"ensemble": 120.0, "saccades": 45.0, "pretrained": 40.0, "single": 20.0, "trained_on_fgsm": 40.0}
ALIKE = {"single": "mlp_clean", "trained_on_fgsm": "mlp_fgsm"}  # nets of `perturbed_training`, tuned there
TUNED = ("ensemble", "saccades", "pretrained")
FULL: dict[str, Any] = {"test": "test", "tested": 10_000, "attacked": measures.ATTACKED, "width": 512}
QUICK: dict[str, Any] = {"steps": 300, "test": "validation", "tested": 1_000, "attacked": 100, "width": 64}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(Arm(kind, _settings(kind, **FULL), seconds=seconds) for kind, seconds in SECONDS.items())
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        return (_quick(seeds), *(_pilot(kind, rate, seeds[:2]) for kind in TUNED for rate in rates.grid(kind)))
    return ()


def _settings(kind: str, **rest: Any) -> dict[str, Any]:
    own = {"ensemble": {"members": MEMBERS}, "pretrained": {"pretraining": PRETRAINING}}.get(kind, {})
    return {
        "kind": kind,
        "rate": rates.RATES[ALIKE.get(kind, kind)],
        "steps": EPOCHS[kind] * model.EPOCH,
        **own,
        **rest,
    }


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"kind": "ensemble", "members": 4, "rate": 3e-3, **QUICK}
    return Arm("small_ensemble", settings, tuple(seeds), lanes=4, seconds=4)


def _pilot(kind: str, rate: float, seeds: Sequence[int]) -> Arm:
    settings, seconds = _settings(kind, width=FULL["width"], select=True) | {"rate": rate}, SECONDS[kind]
    if kind == "ensemble":  # its members are trained side by side, and as one would be alone
        settings, seconds = {**settings, "members": 1}, seconds / MEMBERS
    return Arm(f"{kind}_rate_{rate:g}", settings, tuple(seeds), seconds=seconds)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    kind, widths = settings["kind"], (settings["width"],) * 2
    if kind == "pretrained":
        return defended.pretrained(settings, settings["width"], measures.attacked(settings, defended.classifier))
    losses = {
        "saccades": defended.shifted_loss,
        "ensemble": defended.members_loss,
        "trained_on_fgsm": model.LOSSES["fgsm"],
    }
    loss = losses.get(kind, model.clean_loss)
    if kind == "ensemble":
        built = model.experiment(
            settings, lambda pixels: defended.ensemble(pixels, settings["members"], widths), loss, {}
        )
    else:
        built = model.experiment(settings, lambda pixels: model.mlp(pixels, widths), loss, {})
    return replace(built, evaluate=_evaluations(settings))


def _evaluations(settings: Mapping[str, Any]) -> dict[str, Any]:
    parts = {
        "ensemble": (defended.averaged, defended.first_member),
        "saccades": (defended.voted, model.deployed),
    }
    system, part = parts.get(settings["kind"], (model.deployed, None))
    evaluate = measures.attacked(settings, system)
    if part and not settings.get("select"):
        few = model.images(settings["test"], settings["attacked"])
        evaluate["through_part"] = measures.evaluation(few, defended.through(system, part))
    return evaluate


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in measures.finished(train(experiment(settings), seeds, lanes=lanes)):
        yield replace(trial, curves={})
