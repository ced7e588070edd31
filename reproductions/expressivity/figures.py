"""The pictures of expressivity: pieces, support vectors and errors by the size of what is to be expressed."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Gap, Lines, Picture, Points
from common.trials import Trial

TASKS = {"mnist": "digits", "sort": "sorting", "parity": "parity"}
DIGITS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
DEPTHS = {"one": "one layer", "two": "two layers"}
TARGETS = {"radial_d4": "radial", "product": "product", "smooth": "smooth"}
RADIAL = (2, 3, 4, 5, 6)
WIDTHS = (10, 100, 1000, 10000)
UNITS = (30, 100, 300, 1000)
MACHINES = {
    "linear_error": "linear",
    "kernel_error": "300\ncentres",
    "net_error": "300\nunits",
    "deep_error": "10\nlayers",
}
LEARNED = {"mlp": "5000\nimages", "cnn": "convo-\nlutional", "small": "1000\nimages", "large": "10 000\nimages"}
FITTED = {"parity": "parity", "coins": "coins", "plane": "plane"}

FIGURES: dict[str, Picture] = {
    "memory.svg": Picture(
        "A unit for every case", ("memorise-one-unit-per-case",),
        "Left: all functions of 1 to 3 bits and random ones of 4 to 12, computed. Right: random functions of 10 bits, "
        "the output layer trained on detectors of all 1024 strings or of half of them.",
        (
            Points("Wrong with a detector for each string", "strings", {"": {
                "told wrongly": ("lookup", "cube", "errors"), "fire not once": ("lookup", "cube", "misfires"),
            }}, "", {"none": 0.0}),
            Points("Output layer, trained", "cases told rightly, share", {"": {
                "all detectors": ("memorised", "detectors", "cases_right"),
                "half of them": ("memorised", "half_of_them", "cases_right"),
            }}, "", {"all": 1.0}),
            Points("Units to memorise random labels", "parameters against cases, slope",
                   {"": {"4 to 7 bits": ("random_labels", "units", "slope")}}, "", {"0.8": 0.8, "1.2": 1.2}),
        ),
    ),
    "vectors.svg": Picture(
        "Support vectors on hard and on easy tasks", ("svm-support-vector-per-case",),
        "Half of all strings of 10 bits, a Gaussian SVM tuned on one grid, by validation among those that fit; and "
        "1000 threes and sevens. A thin line joins those of a seed.",
        (
            Points("Training cases that are support vectors", "share", {"": {
                **{name: ("support_vectors", arm, "share") for arm, name in FITTED.items()},
                "3 or 7": ("image_vectors", "threes_sevens", "share"),
            }}, "labels", {"nine in ten": 0.9}, "columns"),
            Points("Unseen cases told rightly", "share", {
                "SVM": {name: ("support_vectors", arm, "test_accuracy") for arm, name in FITTED.items()},
                "nearest case": {name: ("support_vectors", arm, "nearest_accuracy") for arm, name in FITTED.items()},
            }, "labels", {"chance": 0.5}),
        ),
    ),
    "pieces.svg": Picture(
        "Linear pieces, by depth", ("depth-more-expressive",),
        "The tent map is composed with itself, two units a layer; one layer of U units has U + 1 pieces at most. Fresh "
        "and trained nets have 48 units in all.",
        (
            Points("Tent map over one layer, 4 to 24 units", "least ratio of pieces",
                   {"": {"tent map": ("pieces", "tent", "least_ratio")}}, "", {"as many": 1.0}),
            Lines("Its pieces", "units in all", "pieces (log scale)", {"tent map": ("pieces", "tent", "pieces")},
                  scales=("linear", "log")),
            Points("Fresh nets along a line", "pieces",
                   {"": {shape: ("pieces", f"random_{shape}", "pieces") for shape in ("1x48", "2x24", "4x12", "6x8")}},
                   "layers x units", {"49": 49.0}, "columns"),
            Points("Trained on a sawtooth", "squared error / variance (log scale)",
                   {shape: {str(teeth): ("sawtooth", f"{shape}_teeth{teeth}", "test_error") for teeth in (4, 16, 32)}
                    for shape in ("1x48", "4x12")}, "teeth", {"the mean": 1.0}, "series", "log"),
        ),
    ),
    "exponential.svg": Picture(
        "What parity asks of a Gaussian kernel", ("gaussian-svm-exponential-sv",),
        "The parity of 4 to 12 bits, on all strings: errors of a net of n units, the least support vectors or centres "
        "over all strings, and how much better they grow as 2^n than as a power of n.",
        (
            Points("A net of n units", "wrong strings", {"": {"parity": ("exponential", "parity", "net_errors")}},
                   "", {"none": 0.0}),
            Points("Least vectors or centres", "share of all strings",
                   {"": {"parity": ("exponential", "parity", "least_share")}}, "", {"half": 0.5}),
            Points("Exponential over power", "squares of log2",
                   {"": {"parity": ("exponential", "parity", "least_lead")}}, "", {"as good": 0.0}),
            Points("At the largest size", "a number (log scale)", {
                "support vectors": {n: ("exponential", arm, "svm_vectors") for arm, n in
                                    {"parity": "parity", "majority": "majority", "one_bit": "one bit"}.items()},
                "centres": {n: ("exponential", arm, "centres") for arm, n in
                            {"parity": "parity", "majority": "majority", "one_bit": "one bit"}.items()},
            }, "", {}, "", "log"),
        ),
    ),
    "tiny.svg": Picture(
        "Nets of few units", ("tiny-nets-weak",),
        "One hidden layer of ReLU units, Adam: 5000 images of MNIST, sorting five numbers of four bits, the parity of "
        "eight bits. A thin line joins those of a seed.",
        (
            Points("4 units and 512", "wrong, per cent (log scale)",
                   {name: {width: ("tiny", f"{task}_{width}", "test_error") for width in ("4", "512")}
                    for task, name in TASKS.items()}, "hidden units", {}, "columns", "symlog"),
            Points("Digits", "wrong, per cent (log scale)",
                   {"": {str(width): ("tiny", f"mnist_{width}", "test_error") for width in DIGITS}}, "hidden units",
                   {"5 %": 5.0}, "columns", "log"),
        ),
    ),
    "nodes.svg": Picture(
        "Parameters of one hidden layer and of two", ("three-layer-fewer-nodes",),
        "ReLU nets, 2000 steps of Adam on fresh examples; parameters with which the error comes to a tenth of the "
        "target's variance, between the sizes that were trained. A thin line joins those of a seed.",
        (
            Points("Three targets", "parameters (log scale)", {name: {
                target: ("nodes", arm, f"parameters_{depth}") for arm, target in TARGETS.items()
            } for depth, name in DEPTHS.items()}, "target", {"no size is enough": 10_000.0}, "series", "log"),
            Points("Radial targets", "parameters (log scale)", {name: {
                str(d): ("nodes", f"radial_d{d}", f"parameters_{depth}") for d in RADIAL
            } for depth, name in DEPTHS.items()}, "inputs", {}, "", "log"),
        ),
    ),
    "widths.svg": Picture(
        "Wide nets of one hidden layer", ("wide-two-layer-untrainable",),
        "1000 images of 7 by 7 pixels, 500 steps of plain SGD, a rate for each width; a thin line joins a seed's.",
        (
            Points("Training loss", "nats (log scale)",
                   {"": {str(width): ("widths", f"w{width}", "seen_loss") for width in WIDTHS}}, "hidden units",
                   {}, "columns", "log"),
            Points("10 000 units less 100", "nats", {"": {
                "rate of its own": Gap(("widths", "w10000", "seen_loss"), ("widths", "w100", "seen_loss")),
                "same rate": Gap(("widths", "same_rate_w10000", "seen_loss"), ("widths", "w100", "seen_loss")),
            }}, "", {"no difference": 0.0}),
            Points("Test error", "wrong, per cent",
                   {"": {str(width): ("widths", f"w{width}", "test_error") for width in WIDTHS}}, "hidden units",
                   {"chance": 87.6}),
        ),
    ),
    "shallow.svg": Picture(
        "A shallow net, a kernel machine, a deep net", ("shallow-net-equals-kernel-machine",),
        "5000 images of 14 by 14 pixels; 300 units, 300 Gaussian bumps at drawn images, ten layers with as many "
        "parameters as the shallow net. A thin line joins those of a seed.",
        (
            Points("Test error", "wrong, per cent", {"": {
                name: ("shallow", "mnist_h300", metric) for metric, name in MACHINES.items()
            } | {"better of\nboth": ("shallow", "mnist_h300", "better_error")}}, "", {}, "columns"),
            Points("How far apart, and what depth gains", "points", {"": {
                "net and\nmachine": ("shallow", "mnist_h300", "gap"),
                "better less\ndeep": ("shallow", "mnist_h300", "advantage"),
            }}, "", {"0": 0.0}, "columns"),
            Points("Net and machine apart", "points",
                   {"": {str(units): ("shallow", f"mnist_h{units}", "gap") for units in UNITS}}, "units, or centres",
                   {"scope: a point": 1.0}),
        ),
    ),
    "learned.svg": Picture(
        "A linear machine on the features of a net", ("learned-kernel",),
        "ReLU nets of 128 and 64 units, or convolutional ones; a linear support vector machine on the last hidden "
        "layer, before training and after it. A thin line joins those of a seed.",
        (
            Points("Errors of the machine", "wrong, per cent (log scale)", {
                "untrained": {name: ("learned", arm, "before_error") for arm, name in LEARNED.items()},
                "learned": {name: ("learned", arm, "test_learned_error") for arm, name in LEARNED.items()},
            }, "", {}, "series", "log"),
            Points("Images on which two say the same", "per cent", {
                "two nets": {name: ("learned", arm, "test_seeds_agreement") for arm, name in LEARNED.items()},
                "net, machine": {name: ("learned", arm, "test_learned_agreement") for arm, name in LEARNED.items()},
            }, "", {}, "series"),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
