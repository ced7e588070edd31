"""How much less does an average of ten nets err than its members, and than their votes?

Each trial is one ensemble: ten nets of 128 ReLU units, with initial weights and batches of their own, all drawn from
the trial's seed, on the same 1000 images of digits at 14 by 14 pixels (`ten_10000` and `ten_50000`: on so many). Plain
SGD in batches of 100, at the rates that pilots chose for 1000 images. `big` is one net of ten times the units.
Members are tempered after they were trained: their logits are divided by a temperature, which changes how sure they
are and no answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

import keras
from keras import ops

from common import statistics
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.generalisation import members, pixels

DATASET = "images"
METRICS = {
    "average_error": "wrong labels by the mean of the members' probabilities, per cent",
    "mean_member_error": "wrong labels by a member, the mean over members, per cent",
    "gain": "mean_member_error less average_error, points of per cent",
    "relative_gain": "gain over mean_member_error, per cent",
    "best_member_error": "wrong labels by the member that errs least on validation images, per cent",
    "average_of_2": "wrong labels by the mean of the first two members, per cent",
    "average_of_3": "wrong labels by the mean of the first three members, per cent",
    "average_of_5": "wrong labels by the mean of the first five members, per cent",
    "copies_gain": "what ten copies of the first member err less on average than it does, points of per cent",
    "vote_error": "wrong labels by a majority of the members, ties shared out evenly, per cent",
    "voting_gain": "vote_error less average_error, points of per cent",
    "voting_gain_sharp": "the same of members whose logits are divided by 1/4, points of per cent",
    "contrast": "mean confidence of members when right less that when wrong, a number from -1 to 1",
    "contrast_sharp": "the same of members whose logits are divided by 1/4, a number from -1 to 1",
    "rank_correlation": "Spearman's, of contrast and voting gain over the temperatures, a number from -1 to 1",
    "tempering_changed": "the largest share of members' answers that a temperature changes, a share",
    "validation_error": "wrong labels among validation images by a member, the mean over members, per cent",
    "validation_nll": "-log p(label) on validation images, the mean over members, nats",
    "train_loss": "mean cross-entropy of the batches since the look before, summed over members, nats",
}
MEMBERS, WIDTH, BATCH = 10, 128, 100
SIZES = (2, 3, 5, 10)
TEMPERATURES = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
PLAIN, SHARP = TEMPERATURES.index(1.0), TEMPERATURES.index(0.25)
STEPS = {1_000: 600, 10_000: 1_500, 50_000: 3_000}  # by the number of images
ARMS = ("ten", "ten_10000", "ten_50000", "big")
GRID = (0.2, 0.4, 0.8, 1.6, 3.2)
RATES = {"ten": 1.6, "big": 1.6}
SECONDS = {"ten": 2.0, "ten_10000": 4.0, "ten_50000": 7.0, "big": 2.0}
PILOTS = 1


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, RATES[name.partition("_")[0]], "test") for name in ARMS)
    if tier == "quick":
        return _quick(range(2))
    if tier == "pilot":
        seeds = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
        tried = ((name, rate) for name in RATES for rate in GRID)
        return (*_quick(seeds), *(_arm(n, r, "validation", seeds[:PILOTS], f"{n}_rate_{r:g}") for n, r in tried))
    return ()


def _arm(name: str, rate: float, judged: str, seeds: Sequence[int] = (), label: str = "") -> Arm:
    images = int(name.partition("_")[2] or 1_000)
    count, width = (1, MEMBERS * WIDTH) if name == "big" else (MEMBERS, WIDTH)
    settings: dict[str, Any] = {"images": images, "members": count, "width": width, "steps": STEPS[images]}
    settings |= {"rate": rate, "watched": 5_000, "judged": judged, "looked_at": 10_000 if judged == "test" else 2_000}
    return Arm(label or name, settings, tuple(seeds), seconds=SECONDS[name])


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    settings: dict[str, Any] = {"images": 500, "members": MEMBERS, "width": 32, "steps": 100, "rate": 0.4}
    settings |= {"watched": 100, "judged": "validation", "looked_at": 2_000}
    return (Arm("quick_ten", settings, tuple(seeds), seconds=0.5),)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    count = settings["members"]
    training = pixels.images("train", settings["images"], halved=True)

    watched = pixels.images("validation", settings["watched"], halved=True)
    judged = pixels.images(settings["judged"], settings["looked_at"], halved=True)

    def each(net: Any, x: Any, y: Any) -> dict[str, Any]:
        logits = members.logits_of(net, x, count)
        return {**members.each_wrong(logits, y), "nll": members.nll(logits, y)}

    def all_of_it(net: Any, x: Any, y: Any) -> dict[str, Any]:
        logits = members.logits_of(net, x, count)
        if count == 1:
            return members.each_wrong(logits, y)
        of_all = members.averages_wrong(logits, y, SIZES), members.tempered(logits, y, TEMPERATURES)
        return {**members.each_wrong(logits, y), **of_all[0], **of_all[1], "vote": members.vote_wrong(logits, y)}

    return Experiment(
        build_model=lambda hyper: members.nets(count, training.x.shape[1], settings["width"]),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["rate"]),
        loss=lambda net, x, y: ops.sum(members.losses(net, x, y, count)),
        data=training,
        batch_size=count * min(BATCH, len(training.y) // count),
        steps=settings["steps"],
        evaluate={
            "validation": Evaluation(watched, each, *pixels.whole_batches(watched)),
            "judged": Evaluation(judged, all_of_it, *pixels.whole_batches(judged)),
        },
        evaluate_every=settings["steps"],
        hyper={"rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics=measured(trial.metrics, settings["members"]), curves={})


def measured(found: Mapping[str, Any], count: int) -> dict[str, float | None]:
    """What an ensemble came to; nothing where it diverged, and of a single net nothing that takes several."""
    if not found:
        return {}
    each = [found[f"judged_member_{k}"] for k in range(count)]
    seen = [found[f"validation_member_{k}"] for k in range(count)]
    mean = fmean(each)
    told: dict[str, float | None] = {"mean_member_error": mean, "validation_error": fmean(seen)}
    told |= {"validation_nll": found["validation_nll"], "train_loss": found["train_loss"]}
    if count == 1:
        return told | {"average_error": mean}
    average = found[f"judged_average_{count}"]
    told |= {"average_error": average, "gain": mean - average, "relative_gain": 100 * (mean - average) / mean}
    told |= {"best_member_error": each[seen.index(min(seen))], "vote_error": found["judged_vote"]}
    told |= {f"average_of_{size}": found[f"judged_average_{size}"] for size in SIZES[:-1]}
    return told | {"copies_gain": each[0] - found["judged_copies"]} | tempered(found)


def tempered(found: Mapping[str, Any]) -> dict[str, float | None]:
    """Of members at each temperature: how sure they are, and what averaging them gains over their votes."""
    places = range(len(TEMPERATURES))
    gains = [found["judged_vote"] - found[f"judged_tempered_{p}_average"] for p in places]
    sums = [{n: found[f"judged_tempered_{p}_{n}"] for n in ("right", "sure_right", "sure")} for p in places]
    contrasts = [members.contrast(each) for each in sums]
    known = [c for c in contrasts if c is not None]
    correlation = statistics.rank_correlation(known, gains) if len(known) == len(gains) else None
    return {
        "voting_gain": gains[PLAIN],
        "voting_gain_sharp": gains[SHARP],
        "contrast": contrasts[PLAIN],
        "contrast_sharp": contrasts[SHARP],
        "rank_correlation": correlation,
        "tempering_changed": max(found[f"judged_tempered_{p}_changed"] for p in places),
    }
