"""A path from no regularisation to much of it: what its points come to together."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.training import Run

ROBUST = 50.0  # per cent: a net that FGSM fools no more often than not
CURVES = {"error": "test_error", "fgsm": "test_fgsm_250", "fgsm_at_0.1": "test_fgsm_100", "pgd": "attacked_pgd_250"}


def along(points: Sequence[tuple[str, float]], runs: Sequence[Run], knows: float, heavy: Mapping[str, float]) -> Run:
    """The runs of one seed at all points as one; the first point is the start of every path.

    Metrics of each path: how many of its points know digits, the least FGSM error at 0.25 among those, which is missing
    where there is none; the greatest fall of that error from the start; the clean error at the first point that is
    robust, missing where none is; and of the point of strength `heavy`, named beforehand, the clean and FGSM errors.
    Over all paths `greatest_fall` is the greatest fall. Curves: clean error, FGSM and PGD errors over the place in the
    path, the start at 0. A point that diverged knows nothing, and is in no curve; the trial counts as diverged when all
    of them did.

    Args:
        knows: the greatest clean error, in per cent, of a net that knows digits.
        heavy: path to one of its strengths.
    """
    metrics: dict[str, float | None] = {}
    curves: dict[str, list[tuple[int, float]]] = {}
    status: Any = "diverged" if all(run.status == "diverged" for run in runs) else "ok"
    start = runs[0].metrics.get("test_fgsm_250")
    if len(runs) > 1:
        metrics |= {"none_fgsm": start, "none_fgsm_at_0.1": runs[0].metrics.get("test_fgsm_100")}
    falls = []
    for path in dict.fromkeys(path for path, _ in points[1:]):
        found = {strength: run.metrics for (one, strength), run in zip(points, runs, strict=True) if one == path}
        places = [runs[0].metrics, *found.values()]
        wrong = {
            place: (clean, fooled)
            for place, one in enumerate(places)
            if (clean := one.get("test_error")) is not None and (fooled := one.get("test_fgsm_250")) is not None
        }
        known = [fooled for place, (clean, fooled) in wrong.items() if place and clean <= knows]
        metrics[f"{path}_knowing"] = float(len(known))
        metrics[f"{path}_least_fgsm"] = min(known, default=None)
        robust = (clean for place, (clean, fooled) in wrong.items() if place and fooled <= ROBUST)
        metrics[f"{path}_robust_error"] = next(robust, None)
        if start is not None and len(wrong) > 1:
            falls.append(start - min(fooled for place, (_, fooled) in wrong.items() if place))
            metrics[f"{path}_fall"] = falls[-1]
        if path in heavy:
            named = found[heavy[path]]
            metrics |= {f"{path}_heavy_{name}": named.get(CURVES[name]) for name in ("error", "fgsm", "fgsm_at_0.1")}
        for name, metric in CURVES.items():
            values = enumerate(one.get(metric) for one in places)
            curves[f"{path}_{name}"] = [(place, value) for place, value in values if value is not None]
    measured = [run.metrics for run in runs if run.metrics.get("budget_kept") is not None]
    metrics["greatest_fall"] = max(falls, default=None)
    for name in ("budget_kept", "planted_found"):
        metrics[name] = min((one[name] or 0.0 for one in measured), default=None)
    if len(runs) == 1:
        metrics["validation_error"] = runs[0].metrics.get("validation_error")
    return Run(runs[0].seed, status, sum(run.steps for run in runs), False, metrics, curves)
