"""The pictures of sorting: what the written and the trained nets get right, and units against terms and bounds."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Cell, Lines, Picture, Points
from common.trials import Trial

CASES = ("n2_b1", "n2_b2", "n3_b1", "n3_b2", "n3_b3", "n4_b1", "n4_b2", "n5_b1", "n10_b6", "n10_b10")
NETS = {"linear": "linear", "two_hidden_100": "two layers of 100", "two_hidden": "two layers of 512"}
ZERO = {"bar: 0": 0.0}
EXACT = "Exact, nothing is trained."


def _cases(metric: str) -> Mapping[str, Cell]:
    return {case.removeprefix("n").replace("_b", "×"): ("construction", case, metric) for case in CASES}


def _places(title: str, x: str, stem: str, count: int) -> Points:
    series = {name: {str(k + 1): ("trained", arm, f"{stem}_{k}") for k in range(count)} for arm, name in NETS.items()}
    return Points(title, "accuracy on fresh lists", series, x)


FIGURES = {
    "construction.svg": Picture(
        "The net that was written down", ("sort-construction",),
        f"{EXACT} Numbers × bits; of ten numbers 100 000 lists, else every list.",
        (
            Points("Lists that come out wrong", "lists", {
                "threshold units": _cases("errors"), "ReLU units": _cases("relu_errors"),
                "first comparison cut": _cases("cut_errors"),
            }, "numbers × bits", ZERO, scale="symlog"),
            Points("Units over N, from a cubic", "largest fourth difference",
                   {"": {"n numbers of n bits": ("construction", "growth", "beyond_cubic")}}, bars=ZERO),
        ),
    ),
    "trained.svg": Picture(
        "Nets trained to sort ten numbers of six bits", ("sort-trained-10x6",), "20 million lists, falling rate.",
        (
            Points("What is right", "accuracy on fresh lists", {
                name: {what: ("trained", arm, f"test_{part}_accuracy") for part, what in (
                    ("bit", "bits"), ("number", "numbers"), ("list", "whole lists"))}
                for arm, name in NETS.items()
            }, bars={"bar of whole lists: 0.5": 0.5, "likelier bits: 0.615": 0.615}),
            _places("Bits, by place", "bit plane (1 = most significant)", "test_bit", 6),
            _places("Numbers, by rank", "rank (1 = smallest)", "test_rank", 10),
        ),
    ),
    "circuits.svg": Picture(
        "Circuits and threshold units", ("sort-boolean-gigantic", "threshold-beats-boolean"), f"{EXACT} Counts.",
        (
            Points("From where on the bound exceeds the net's units", "numbers n", {"": {
                "our bound": ("depths", "bound", "overtakes_at"),
                "published": ("depths", "bound", "published_overtakes_at"),
            }}, bars={"bar: 3000": 3000.0}),
            Lines("Two hidden layers that sort", "numbers n of n bits", "log2 gates or units",
                  {"bound for a circuit": ("depths", "bound", "log2_bound"),
                   "units of the net": ("depths", "bound", "log2_units")}),
            Points("One gate, or as many terms as there are halves?", "functions or strings wrong", {"": {
                "majority:\ngate": ("boolean", "one_gate", "majority_gate_errors"),
                "majority:\nterms": ("boolean", "one_gate", "majority_wrong"),
                "comparison:\nterms": ("boolean", "one_gate", "comparison_wrong"),
                "parity:\nterms": ("boolean", "one_gate", "parity_wrong"),
            }}, bars=ZERO),
            Lines("Terms of an OR of ANDs", "bits n", "terms (log scale)",
                  {f"{f} of n bits" if f != "comparison" else "x > y, n bits each":
                   ("boolean", "one_gate", f"{f}_terms") for f in ("majority", "comparison", "parity")},
                  scales=("linear", "log")),
            Lines("Sorting n numbers of one bit", "numbers n", "count (log scale)",
                  {"terms of an OR of ANDs": ("boolean", "sorted_bits", "terms"),
                   "threshold units": ("boolean", "sorted_bits", "threshold_units")}, scales=("linear", "log")),
        ),
    ),
    "neurons.svg": Picture(
        "One neuron", ("neuron-and-or",), f"{EXACT} Every string of 2 to 20 bits.",
        (Points("Strings that the neuron has wrong", "strings", {"": {
            "conjunction": ("neurons", "exact", "and_errors"), "disjunction": ("neurons", "exact", "or_errors"),
        }}, bars=ZERO),),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
