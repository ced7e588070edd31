"""Are the points with no gradient that lie above the best loss saddles, or minima that gradient descent gets stuck in?

A net of one hidden tanh layer tells odd from even in sixty images of sixteen numbers, by squared error and a small
penalty on all weights. Newton's method on the gradient is begun all along runs of gradient descent, and the Hessian's
eigenvalues are counted wherever it ends. The net is `wide` with more than two weights an image and `tiny` with fewer
than one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from common.statistics import rank_correlation
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.landscape import images, search
from reproductions.landscape.net import Numbers, Problem

DATASET = "images"
METRICS = {
    "found": "searches that end at a critical point, share",
    "points": "critical points that differ, count",
    "best_loss": "least loss of all of them, squared units of the target",
    "saddle_share": "of those above the best loss, those with a direction of negative curvature, share",
    "saddle_share_fine": "the same, an eigenvalue being zero up to 1e-8 of the largest, share",
    "saddle_share_coarse": "the same, an eigenvalue being zero up to 1e-4 of the largest, share",
    "bad_minima": "critical points without negative curvature, of a loss over 1.1 times the best, count",
    "bad_share": "the same over all critical points, share",
    "index_loss_correlation": "Spearman's correlation of loss and number of negative eigenvalues, -1 to 1",
}
IMAGES, RUNS, XOR_RUNS = 60, 6, 24
QUICK_IMAGES, QUICK_RUNS = 30, 3
WIDTHS = {"wide": 8, "tiny": 2}
DECAY = 0.01  # of GRID the least with which on pilots half of the searches end at a critical point
GRID = (0.001, 0.003, 0.01, 0.03)
BAD = 1.1  # times the best loss
TEACHER, INPUTS, CASES = 3, 4, 60
STUDENTS = {"student3": 3, "student12": 12}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        nets = [_arm(name, "images", width) for name, width in WIDTHS.items()]
        looser = _arm("wide_decay0.003", "images", WIDTHS["wide"], decay=0.003)
        students = [_arm(name, "teacher", width) for name, width in STUDENTS.items()]
        return (*nets, looser, *students, _arm("xor", "xor", 2, runs=XOR_RUNS))
    if tier == "quick":
        return (_arm("wide", "images", 4, tuple(range(2)), QUICK_RUNS, QUICK_IMAGES),)
    if tier == "pilot":
        seeds = tuple(range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50))
        (quick,) = arms("quick")
        tried = [_arm(f"wide_tried{decay:g}", "images", WIDTHS["wide"], seeds[:4], decay=decay) for decay in GRID]
        return (replace(quick, seeds=seeds), *tried)
    return ()


def _arm(
    name: str, task: str, width: int, seeds: tuple[int, ...] = (), runs: int = RUNS, cases: int = IMAGES,
    decay: float = DECAY,
) -> Arm:  # fmt: skip
    settings = {"task": task, "width": width, "cases": cases, "runs": runs, "decay": decay}
    a_run = 0.06 if task == "xor" else 0.2 if width < 4 else 1.0
    return Arm(name, settings, seeds, seconds=a_run * runs, megabytes=700)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        generator = np.random.default_rng(seed)
        x, y = cases(settings["task"], settings["cases"], generator)
        problem = Problem(x, y, settings["width"], "squared", settings["decay"])
        found = search.searched(problem, settings["runs"], generator)
        points = search.distinct(point for point in found if point)
        metrics = {"found": sum(point is not None for point in found) / len(found), **_told(points)}
        curves = {"index": [(n, float(p.falling())) for n, p in enumerate(points)]}
        curves["loss"] = [(n, p.loss) for n, p in enumerate(points)]
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves=curves)


def cases(task: str, count: int, generator: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Inputs (cases, inputs) and targets (cases, 1): images, a teacher's answers to Gaussian inputs, or XOR."""
    if task == "xor":
        x = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
        return x, -x[:, :1] * x[:, 1:]
    if task == "teacher":
        x = generator.standard_normal((count, INPUTS))
        first = generator.standard_normal((INPUTS, TEACHER))
        return x, np.tanh(x @ first) @ generator.choice([-1.0, 1.0], (TEACHER, 1))
    x, labels = images.sample(generator, count)
    return x, images.odd(labels)


def _told(points: Sequence[search.Point]) -> dict[str, float | None]:
    """What decides, of the points that differ, by loss."""
    best = points[0].loss if points else 0.0
    above = [p for p in points if p.loss > best * (1 + search.SAME)]
    bad = sum(p.falling() == 0 and p.loss > BAD * best for p in points)
    shares = {
        name: sum(p.falling(cut) > 0 for p in above) / len(above) if above else None
        for name, cut in (("", search.CUT), ("_fine", 1e-8), ("_coarse", 1e-4))
    }
    related = len(points) > 2
    return {
        "points": float(len(points)),
        "best_loss": best if points else None,
        **{f"saddle_share{name}": share for name, share in shares.items()},
        "bad_minima": float(bad),
        "bad_share": bad / len(points) if points else None,
        "index_loss_correlation": rank_correlation([p.loss for p in points], [p.falling() for p in points])
        if related
        else None,
    }
