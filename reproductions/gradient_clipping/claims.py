"""What is claimed about clipping the gradients of recurrent nets, and what decides each claim. Literals only."""

from typing import Any

from suite.edition_1_claims import CONTROL, Check, Claim, Fields, Published, at_least, at_most, quick

POST: Fields = {
    "source": "sutskever2015overview",
    "locator": "practical advice, on the norm of the gradient",
    "dataset": "synthetic",
}
MEDIAN: Fields = {"statistic": "median", "seeds": 16}
# The best of three clip norms is held against none, so each check is one of "any of 3".
HUGE: Fields = {"entry": "range-or-loss", "study": "scan", "metric": "huge", "statistic": "proportion", "seeds": 16,
              "success": (">=", 1.0), "cells": 3, **at_least(0.5)}  # fmt: skip
NEAR_BEST: Fields = {"study": "thresholds", **MEDIAN, **at_most(0.05)}
CONVENTIONS = {"sum": "summed", "mean": "averaged"}
SHAPES = tuple(
    f"{net}_steps{steps}_radius{radius}"
    for net, radii in (("rnn", ("1", "1.25", "1.5")), ("lstm", ("1", "1.5")))
    for steps in (50, 100, 200)
    for radius in radii
)


def _unclipped(entry: str, metric: str, bound: Fields, **rest: Any) -> tuple[Check, ...]:
    """One check for each net, length and radius."""
    return tuple(
        Check(
            id=f"{entry}-{shape.replace('_', '-')}",
            entry=entry,
            study="unclipped",
            arms=(shape,),
            metric=metric,
            **MEDIAN,
            **bound,
            **rest,
        )
        for shape in SHAPES
    )


CLAIMS = (
    Claim(
        id="rnn-clipping-huge",
        statement="Clipping widens the usable rates of a tanh net tenfold, or lowers its best loss by 20 %.",
        quotation="This one little trick plays a huge difference in the training of RNNs and LSTMs",
        published=Published("no number given", "none found"),
        prior="Likely for tanh nets under SGD, small for LSTMs on short sequences and with Adam.",
        expects=("reproduced", "partly"),
        checks=(
            *(
                Check(id=f"{task.replace('_', '-')}-huge", arms=(f"rnn_{task}_sgd",), **HUGE)
                for task in ("adding", "temporal_order", "resets")
            ),
            Check(
                id="clipped-learns",
                entry="clipped-learns",
                study="scan",
                arms=("rnn_resets_sgd",),
                metric="best_loss_clipped",
                **MEDIAN,
                **at_most(0.8),
                **CONTROL,
            ),
        ),
        quick=(
            quick("blown-up-without", "range-or-loss", "scan", "quick", "blown_none", at_least(0.4)),
            quick("safe-with", "range-or-loss", "scan", "quick", "blown_1", at_most(0.25)),
        ),
        dropped={
            "lstm-and-adam": "LSTMs under SGD and tanh nets under Adam run on 8 seeds beside the judged arms, with the "
            "same clip norms; the claim's threshold is for the tanh net, so they are drawn and decide nothing"
        },
        **POST,
    ),
    Claim(
        id="clip-5-or-15",
        statement="Clipping at 5 or at 15 ends within 5 % of the loss of the best threshold.",
        quotation="Something like 15 or 5 works well in practice in my own experiments",
        published=Published("15 or 5", "confirmed"),
        prior="Depends on the loss: averaged over the steps, norms are of the order of 1, and 5 and 15 never bind.",
        expects=("reproduced", "partly"),
        checks=tuple(
            Check(
                id=f"{word}-{clip}",
                entry=f"{word}-within-5-percent",
                arms=(f"rnn_{over_time}",),
                metric=f"excess_{clip}",
                **NEAR_BEST,
            )
            for over_time, word in CONVENTIONS.items()
            for clip in ("5", "15")
        ),
        quick=(quick("averaged-15", "averaged-within-5-percent", "thresholds", "quick", "excess_15", at_most(0.2)),),
        dropped={"gradient-norms": "the distribution has no threshold; it is drawn and reported, and decides nothing"},
        **POST,
    ),
    Claim(
        id="no-clip-puny-lr",
        statement="Without clipping no rate above 1e-5 is safe for a recurrent net, and no safe rate makes progress.",
        quotation="a puny learning rate like 1e-6 which is too small to be useful",
        published=Published("1e-6", "confirmed"),
        prior="Unlikely with initial weights of today: 1e-4 to 1e-2 are expected, the less the longer the sequences.",
        expects=("not reproduced", "partly"),
        checks=(
            *_unclipped("safe-rate", "log10_safe_rate", at_most(-5)),
            *_unclipped("no-progress", "safe_loss", at_least(0.95)),
            *_unclipped("clipped-learns", "best_loss_clipped", at_most(0.8), **CONTROL),
        ),
        quick=(
            quick("safe-rate", "safe-rate", "unclipped", "quick", "log10_safe_rate", at_least(-4)),
            quick("progress", "no-progress", "unclipped", "quick", "safe_loss", at_most(0.8)),
        ),
        **POST,
    ),
)
