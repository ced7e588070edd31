"""The pictures of the landscape: critical points by loss and index, P(n), p along a run, students, and plateaus."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Cell, Key, Lines, Picture, Points
from common.trials import Trial

NETS = {
    "wide": "8 units", "tiny": "2 units", "wide_decay0.003": "8 units,\nless penalty",
    "student3": "student\nof 3", "student12": "student\nof 12", "xor": "XOR,\n2 units",
}  # fmt: skip
ENSEMBLES = {"gaussian": "GOE", "diagonal": "diagonal", "shifted": "GOE,\nmoved up"}
STUDENTS = {
    "relu3": "3", "relu6": "6", "relu12": "12", "relu30": "30", "relu3_d5": "3, of\n5 inputs",
    "relu3_d50": "3, of\n50 inputs", "tanh3": "3 tanh", "threshold3": "3, of\nthresholds", "adam3": "3, Adam",
    "linear": "none",
}  # fmt: skip
MOMENTA = {"0": "0", "0.5": "0.5", "0.9": "0.9", "0.99": "0.99", "matched": "0.9, same\nrate as 0"}
BUDGET = 5_000


def _of_nets(metric: str) -> Mapping[str, Cell]:
    return {name: ("critical_points", arm, metric) for arm, name in NETS.items()}


def _times(title: str, function: str, metric: str, momenta: Sequence[str]) -> Points:
    columns: dict[str, Cell] = {MOMENTA[m]: ("plateaus", f"{function}_{m}", metric) for m in momenta}
    bars = {"budget": float(BUDGET)}
    return Points(title, "iterations (log scale)", {"": columns}, "momentum", bars, "columns", "log")


def _along(name: str) -> Key:
    return ("curvature", "net", name)


FIGURES = {
    "critical_points.svg": Picture(
        "What lies above the best loss where the gradient is zero", ("no-local-minima", "p-rises-near-minimum"),
        "One hidden tanh layer, squared error on 60 images, odd or even; a seed searches from 30 places.",
        (
            Points("Saddles among critical points above the best", "share", {"": _of_nets("saddle_share")},
                   bars={"bar: 0.5": 0.5}),
            Points("Minima 10 % above the best loss", "minima found", {"": _of_nets("bad_minima")},
                   bars={"bar: none": 0.5}),
            Lines("Critical points of 8 units", "loss", "negative eigenvalues",
                  {"": ("critical_points", "wide", "index")}, against={"": ("critical_points", "wide", "loss")}),
        ),
    ),
    "orthogonal.svg": Picture(
        "Are the directions of a random matrix independent?", ("p-to-the-1000",),
        "100 000 matrices of each size; p is the chance that one direction curves up, P(n) that all n do.",
        (
            Points("P(n) / p^n, the largest of n = 2 to 6", "ratio", {"": {
                **{name: ("goe", arm, "largest_ratio") for arm, name in ENSEMBLES.items()},
                "weights of\na real net": ("minors", "net", "largest_ratio")}}, bars={"bar: 1": 1.0}),
            Points("How far the counts are from p^n", "standard errors (log scale)",
                   {"": {name: ("goe", arm, "standard_errors") for arm, name in ENSEMBLES.items()}},
                   bars={"bar: 3": 3.0}, scale="log"),
            Points("Six to eight directions, by importance", "ln P(n), nats",
                   {"": {str(n): ("goe", "cone", f"log_p{n}") for n in (6, 7, 8)}}, "directions n",
                   {"predicted, 6": -12.2865, "predicted, 7": -16.2492, "predicted, 8": -20.7612}),
        ),
    ),
    "curvature.svg": Picture(
        "Does the loss curve up in more directions as it falls?", ("p-rises-near-minimum",),
        "One hidden tanh layer, cross-entropy on 300 images, SGD; every eigenvalue of the Hessian at twelve moments.",
        (
            Points("Loss and share of positive eigenvalues", "Spearman's correlation over a run", {"": {
                "10 units": ("curvature", "net", "correlation"),
                "of those\nnot zero": ("curvature", "net", "correlation_curved"),
                "40 units": ("curvature", "larger", "correlation")}}, bars={"bar: 0": 0.0}),
            Lines("Share of eigenvalues of one sign", "loss, nats", "share",
                  {"positive": _along("positive"), "negative": _along("negative")},
                  against={"positive": _along("loss"), "negative": _along("loss")}),
        ),
    ),
    "planted.svg": Picture(
        "Does SGD find a net that is known to be there?", ("sgd-solves-np-hard",),
        "A teacher of three units answers Gaussian inputs; 20 000 steps of SGD; ReLU units where none are named.",
        (
            Points("Error of the student on fresh inputs", "share of the answers' variance (log scale)",
                   {"": {name: ("planted", arm, "test_error") for arm, name in STUDENTS.items()}},
                   "hidden units of the student", {"bar: 0.01": 0.01}, scale="log"),
        ),
    ),
    "plateaus.svg": Picture(
        "Iterations on a plateau, with and without momentum", ("momentum-plateaus",),
        "Each momentum at its own best rate; a thin line joins a seed's runs; on the budget the plateau was not left.",
        (
            _times("A quadratic of condition 1000", "quadratic", "plateau_steps", tuple(MOMENTA)),
            _times("The same, until 99 % of its height is gone", "quadratic", "end_steps", tuple(MOMENTA)),
            _times("The saddle of x² - y² + y⁴", "saddle", "plateau_steps", ("0", "0.9", "matched")),
            _times("A product of three small matrices", "deep_linear", "plateau_steps", ("0", "0.9")),
            Points("The parity of 3 of 20 bits", "SGD steps (log scale)", {"": {
                m: ("parity_plateau", f"momentum_{m}", "plateau_steps") for m in ("0", "0.9")}},
                "momentum", joined="columns", scale="log"),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
