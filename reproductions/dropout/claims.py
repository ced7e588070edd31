"""What is claimed about dropout, and what decides it. Literals only."""

from suite.edition_1_claims import CONTROL, Check, Claim, Fields, Published, at_least, at_most, quick

POST: Fields = {"source": "sutskever2015overview", "dataset": "mnist"}
BLOG: Fields = {"source": "synnaeve2014deep", "dataset": "mnist"}
NONE = Published("no number given", "none found")
DEPTHS = (1, 2, 3)
LARGE = "width1200_depth3"  # the only cell in which an improvement is predicted
GRID = tuple(f"width{width}_depth{depth}" for width in (100, 500, 1200) for depth in DEPTHS)
COLUMN = tuple(f"{cell}_images5000" for cell in ("width100_depth2", "width500_depth2", LARGE))
REGIMES = (
    *GRID, *COLUMN, "width8", "width16", "one_epoch_width100", "one_epoch_width500", "one_epoch_width1200",
    "images100", "images200", "images500", "sine_width64", "sine_width512")  # fmt: skip
CELLS: Fields = {"statistic": "cells", "seeds": 8}
MEDIAN: Fields = {"statistic": "median"}
SCALING: Fields = {"study": "scaling", "arms": ("trained",), "seeds": 20, **MEDIAN}
CONSTANT: Fields = {"study": "longer", "arms": ("constant",), "seeds": 16}
ALL: Fields = {"study": "longer", "arms": ("all_images",), "entry": "all-images", "seeds": 8, **MEDIAN}
FEW: Fields = {"study": "longer", "arms": ("few_images",), "seeds": 8, **MEDIAN}
LARGE_NETS: Fields = {"study": "large_nets", "metric": "test_error", "statistic": "mean", "seeds": 10}


def _signs(name: str, cells: tuple[str, ...]) -> Check:
    """The plain error less that with dropout: above zero in the large cell, below it in the others."""
    signs = tuple(1.0 if cell.startswith(LARGE) else -1.0 for cell in cells)
    shared: Fields = {"metric": "gain", "success": (">=", 0.0), "levels": signs, **at_least(0.8), **CELLS}
    return Check(name, name, "grid", cells, **shared)


def _range(arm: str, entry: str, low: float, high: float) -> tuple[Check, Check]:
    name, arms = arm.replace("_", "-"), (arm,)
    above = Check(f"{name}-not-below", entry, arms=arms, **at_least(low), **LARGE_NETS)
    return above, Check(f"{name}-not-above", entry, arms=arms, **at_most(high), **LARGE_NETS)


# fmt: off
CLAIMS = (  # a table: short fields share a line
    Claim(
        id="dropout-helps", **POST, locator="practical advice, on dropout", expects=("reproduced",),
        statement="Dropout with a limit on the norms lowers the test error of a 2×1024 net by at least 15 %.",
        quotation="Dropout provides an easy way to improve performance.", prior="Likely.",
        published=Published("784-800-10 without: 1.60 % (Simard et al. 2003), 3×1024 with: 1.25 %, and 1.06 % with "
                            "max-norm (Srivastava et al. 2014)", "confirmed"),
        checks=(
            Check("relative-reduction", "relative-reduction", "helps", ("dropout_max_norm", "plain"), "test_error",
                  "ratio", **at_most(0.85), seeds=10),
            Check("plain-is-fair", "relative-reduction", "helps", ("plain",), "test_error", "mean", **at_most(2.0),
                  seeds=10, **CONTROL),
        ),
        quick=(quick("helps", "relative-reduction", "grid", "quick_width256", "nll_gain", at_least(0.1)),),
        dropped={"three-layers-and-2048": "three layers of 1024 would take 1.6 times, two of 2048 over three times, "
                 "what the shape that is judged takes: hours on a CPU. Four layers of 2000 have a claim of their own"},
    ),
    Claim(
        id="dropout-only-large-nets", **BLOG, locator="on dropout", expects=("not reproduced",),
        statement="Dropout lowers the error only of nets of more than 1000 units a layer and three or more layers.",
        quotation="you will see improvement only on large-enough networks",
        prior="Half right: it hurts at 100 to 200 units, but helps already at 500 to 1000 and two layers.",
        published=Published("no table by width was found", "none found"),
        checks=(
            _signs("signs-predicted", GRID), _signs("small-data-column", COLUMN),
            Check("large-gains", "signs-predicted", "grid", (LARGE,), "gain", success=(">=", 0.0), **at_least(1.0),
                  **CELLS, **CONTROL),
            *(Check(f"{net}-learns", "signs-predicted", "grid", (*GRID, *COLUMN), f"{net}_test_error",
                    success=("<=", most), **at_least(1.0), **CELLS, **CONTROL)
              for net, most in (("plain", 10.0), ("dropout", 15.0))),
        ),
        quick=(quick("narrow-worse", "signs-predicted", "grid", "quick_width16", "gain", at_most(-5.0)),
               quick("helps-below-1000", "signs-predicted", "grid", "quick_width256", "gain", at_least(0.0))),
        dropped={"two-way-fit": "a fit sets no threshold: the analysis makes it and the page tells it"},
    ),
    Claim(
        id="dropout-little-reason-not", **POST, locator="practical advice, on dropout", published=NONE,
        statement="In fewer than a fifth of regimes, small nets and short budgets among them, dropout is worse.",
        quotation="It’s trivial to implement and there’s little reason to not do it.",
        prior="Expected to be rejected for small nets and short budgets.", expects=("not reproduced",),
        checks=(Check("worse-regimes", "worse-regimes", "grid", REGIMES, "gain", success=("<=", 0.0), **at_most(0.2),
                      **CELLS),),
        quick=(quick("narrow-worse", "worse-regimes", "grid", "quick_width16", "gain", at_most(-5.0)),),
    ),
    Claim(
        id="dropout-test-scaling", **POST, locator="practical advice, on dropout", expects=("reproduced",),
        statement="After training, dropout is turned off and the weights are scaled by the probability of staying.",
        quotation="to not forget to turn off Dropout and to multiply the weights by",
        prior="Likely. Without biases a common factor changes no answer, so the error alone understates the effect.",
        published=Published("scaled weights come close to the geometric mean over all masks (Warde-Farley et al. 2014)",
                            "confirmed"),
        checks=(
            Check("scaled-like-average", "scaled-like-average", metric="scaled_minus_average", **at_most(0.05),
                  **{**SCALING, "statistic": "mean"}),
            Check("unscaled-nll", "unscaled-nll", metric="unscaled_nll_times", **at_least(2.0), **SCALING),
            Check("one-sample-error", "one-sample-error", metric="sample_error_times", **at_least(1.3), **SCALING),
            Check("half-of-the-rule", "half-of-the-rule", metric="halved_nll_times", **at_least(2.0), **SCALING),
            Check("same-answers-unscaled", "same-answers-unscaled", metric="test_same_answers", **at_least(0.999),
                  **SCALING, **CONTROL),
        ),
        quick=(quick("unscaled", "unscaled-nll", "scaling", "quick", "unscaled_nll_times", at_least(1.5)),
               quick("sample", "one-sample-error", "scaling", "quick", "sample_error_times", at_least(1.3)),
               quick("average", "scaled-like-average", "scaling", "quick", "scaled_minus_average", at_most(0.05))),
    ),
    Claim(
        id="dropout-longer-better", **POST, locator="practical advice, on dropout", published=NONE,
        statement="With dropout the validation error falls over the last half of long training, and is best later.",
        quotation="dropout nets keep getting better and better the longer you train them",
        prior="It holds until a plateau: without limit it does not.", expects=("reproduced", "partly"),
        checks=(
            Check("dropout-slope", "dropout-slope", metric="dropout_error_slope", statistic="mean", **at_most(0.0),
                  **CONSTANT),
            Check("plain-nll-slope", "plain-nll-slope", metric="plain_nll_slope", statistic="mean", **at_least(0.0),
                  **CONSTANT),
            Check("best-later", "best-later", metric="later_by", statistic="proportion", success=(">=", 1.0),
                  **at_least(0.9), slack=0.2, **CONSTANT),
            Check("decayed-slope", "decayed-rate", "longer", ("falling",), "dropout_error_slope", "mean",
                  **at_most(0.0), seeds=10),
        ),
        quick=(quick("best-later", "best-later", "longer", "quick", "nll_later_by", at_least(5.0)),),
    ),
    Claim(
        id="no-dropout-val-rises", **POST, locator="practical advice, on dropout", expects=("partly",),
        statement="Without dropout the validation error rises after prolonged training, as does the surprise.",
        quotation="the validation error often starts increasing after prolonged training", published=NONE,
        prior="The negative log-likelihood rises reliably. The error mostly stays where it is, at least on all images.",
        checks=(
            Check("nll-rises", "nll-rises", metric="plain_nll_rise", **at_least(0.2), **MEDIAN, **CONSTANT),
            Check("error-rises", "error-rises", metric="plain_error_rise", **at_least(0.05), **MEDIAN, **CONSTANT),
            Check("nll-rises-all", metric="plain_nll_rise", **at_least(0.2), **ALL),
            Check("error-rises-all", metric="plain_error_rise", **at_least(0.05), **ALL),
            Check("nll-rises-few", "nll-rises", metric="plain_nll_rise", **at_least(0.2), **FEW),
            Check("error-rises-few", "error-rises", metric="plain_error_rise", **at_least(0.05), **FEW),
            Check("plain-learns", "error-rises", metric="plain_error_least", **at_most(10.0), **MEDIAN, **CONSTANT,
                  **CONTROL),
        ),
        quick=(quick("nll-best-early", "nll-rises", "longer", "quick", "plain_nll_best_place", at_most(0.5)),),
    ),
    Claim(
        id="dropout-tune-p", **POST, locator="practical advice, on dropout", published=NONE, expects=("reproduced",),
        statement="In a third of cells a probability at least 0.2 from one half saves a tenth of the error.",
        quotation="Remember to tune the dropout probability", prior="Likely for few units and little data.",
        checks=(Check("tuned-gain", "tuned-gain", "probability",
                      tuple(f"width{width}_images{images}" for width in (200, 1000) for images in (1000, 10000)),
                      "tuned_gain", success=(">=", 0.1), **at_least(1 / 3), **CELLS),),
        quick=(quick("matters", "tuned-gain", "probability", "quick", "times_default_0.8", at_least(2.0)),),
        dropped={"all-images": "as many epochs on 60 000 images would take six times as long as those on 10 000, which "
                 "are nearly all of what the study takes"},
    ),
    Claim(
        id="dropout-4x2000", **BLOG, locator="on dropout", expects=("reproduced", "partly"),
        statement="Four layers of 2000 err on 0.95 to 1.15 % of MNIST with dropout, on 1.3 to 1.6 % without.",
        quotation="you want to try Dropout on MNIST with 4 (or more) layers", prior="Likely on an accelerator.",
        published=Published("with max-norm too: 3×1024 1.06 %, 2×4096 1.01 %, 2×8192 0.95 % (Srivastava et al. "
                            "2014)", "confirmed"),
        checks=(
            *_range("small_l2", "small-l2-range", 1.6, 2.0), *_range("large_plain", "large-plain-range", 1.3, 1.6),
            *_range("large_dropout", "large-dropout-range", 0.95, 1.15),
        ),
        quick=(quick("learns", "large-dropout-range", "large_nets", "quick", "test_error", at_most(20.0)),),
    ),
)
