"""One seed trained on clean digits and on perturbed ones, and what the two say of the same test images."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keras import ops

from common.training import Experiment, Run, train
from reproductions.adversarial import measures, model, nets
from reproductions.adversarial.model import Tensor

BITS = 20  # mistakes packed into one number of single precision, which is exact up to 2**24


def experiment(settings: Mapping[str, Any], loss: str | None = None) -> Experiment:
    """Two dropout layers of `width` under a loss, by default the first that `rates` names, at its rate."""
    loss = loss or next(iter(settings["rates"]))
    widths = (settings["width"],) * 2
    evaluate = measures.attacked(settings)
    if not settings.get("select"):
        tested = model.images(settings["test"], settings["tested"])
        evaluate["flags"] = measures.evaluation(tested, mistakes, batch=len(tested.y))
    return model.experiment(
        {**settings, "rate": settings["rates"][loss]},
        lambda pixels: model.mlp(pixels, widths, dropout=nets.DROPOUT),
        model.LOSSES[loss],
        evaluate,
    )


def mistakes(net: Any, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Which images are classified wrongly, as numbers of 20 bits."""
    wrong = ops.cast(ops.cast(ops.argmax(net(x, training=False), axis=-1), "int32") != y, "float32")
    padded = ops.reshape(ops.pad(wrong, [(0, -x.shape[0] % BITS)]), (-1, BITS))
    packed = ops.sum(padded * 2.0 ** ops.arange(BITS, dtype="float32"), axis=-1)
    return {str(number): packed[number] for number in range(packed.shape[0])}


def unpacked(metrics: Mapping[str, float | None]) -> list[bool]:
    """The flags of `mistakes`, in the order of the images, padded with false."""
    numbers = {int(name.removeprefix("flags_")): value for name, value in metrics.items() if name.startswith("flags_")}
    return [bool(round(numbers[place] or 0.0) >> bit & 1) for place in sorted(numbers) for bit in range(BITS)]


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    """Each seed under every loss of `rates`: first weights, and the order of images, are the same."""
    columns = {loss: list(train(experiment(settings, loss), seeds, lanes=lanes)) for loss in settings["rates"]}
    for place in range(len(seeds)):
        yield together({loss: trials[place] for loss, trials in columns.items()})


def together(runs: Mapping[str, Run]) -> Run:
    """The runs of one seed as one trial.

    Metrics of each loss: `<loss>_error` on clean test images, `<loss>_fgsm`, `<loss>_pgd`; of the pair `error_change`,
    what training on FGSM examples adds to the clean error in points, and `only_clean_wrong`, `only_fgsm_wrong`, the
    images that one of the two gets wrong: the counts of McNemar's test within a seed. What a diverged run would have
    given is missing; the trial counts as diverged when all of them did.
    """
    metrics: dict[str, float | None] = {}
    names = {"test_error": "error", "test_fgsm_250": "fgsm", "attacked_pgd_250": "pgd"}
    names["validation_error"] = "validation_error"
    wrong: dict[str, list[bool]] = {}
    for loss, trial in runs.items():
        (found,) = measures.finished([trial])
        metrics |= {f"{loss}_{name}": found.metrics[old] for old, name in names.items() if old in found.metrics}
        for name in ("budget_kept", "planted_found"):
            if name in found.metrics:
                metrics[name] = min(metrics.get(name, 1.0) or 0.0, found.metrics[name] or 0.0)
        if flags := unpacked(trial.metrics):
            wrong[loss] = flags
    if {"clean", "fgsm"} <= set(wrong):
        metrics["error_change"] = (metrics["fgsm_error"] or 0.0) - (metrics["clean_error"] or 0.0)
        pairs = list(zip(wrong["clean"], wrong["fgsm"], strict=True))
        metrics["only_clean_wrong"] = float(sum(a and not b for a, b in pairs))
        metrics["only_fgsm_wrong"] = float(sum(b and not a for a, b in pairs))
    first = next(iter(runs.values()))
    status: Any = "diverged" if all(trial.status == "diverged" for trial in runs.values()) else "ok"
    return Run(first.seed, status, sum(trial.steps for trial in runs.values()), False, metrics, {})
