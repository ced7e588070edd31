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
from reproductions.adversarial import defended, measures, model

DATASET = "images"
MEMBERS = 12
EPOCHS = {"ensemble": 5, "saccades": 10, "pretrained": 15, "single": 10, "trained_on_fgsm": 10}  # 5 of 15 unsupervised
PRETRAINING = 5 * model.EPOCH
SECONDS = {"ensemble": 420.0, "saccades": 170.0, "pretrained": 120.0, "single": 55.0, "trained_on_fgsm": 125.0}
RATES = dict.fromkeys(EPOCHS, 3e-3)
GRID = (3e-4, 1e-3, 3e-3)  # the best by the clean error on validation images, after a fifth of the steps
PILOT_SHARE = 0.2
FULL: dict[str, Any] = {"test": "test", "tested": 10_000, "attacked": measures.ATTACKED, "width": 512}
QUICK: dict[str, Any] = {"steps": 300, "test": "validation", "tested": 1_000, "attacked": 100, "width": 64}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(
            Arm(kind, _settings(kind, RATES[kind], **FULL), tuple(range(10)), seconds=seconds)
            for kind, seconds in SECONDS.items()
        )
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        return (_quick(seeds), *(_pilot(kind, rate, seeds[:2]) for kind in SECONDS for rate in GRID))
    return ()


def _settings(kind: str, rate: float, share: float = 1.0, **rest: Any) -> dict[str, Any]:
    own = {"ensemble": {"members": MEMBERS}, "pretrained": {"pretraining": round(share * PRETRAINING)}}.get(kind, {})
    return {"kind": kind, "rate": rate, "steps": round(share * EPOCHS[kind] * model.EPOCH), **own, **rest}


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"kind": "ensemble", "members": 4, "rate": 3e-3, **QUICK}
    return Arm("small_ensemble", settings, tuple(seeds), lanes=4, seconds=4)


def _pilot(kind: str, rate: float, seeds: Sequence[int]) -> Arm:
    settings = _settings(kind, rate, PILOT_SHARE, width=FULL["width"], select=True)
    seconds = PILOT_SHARE * SECONDS[kind]
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
