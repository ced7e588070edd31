"""What is claimed about the forget bias of an LSTM, and what decides it. Literals only."""

from suite.edition_1_claims import CONTROL, Check, Claim, Fields, Published, at_least, at_most, quick

POST: Fields = {"source": "sutskever2015overview", "locator": "practical advice, on LSTMs"}
HALF_THE_UPDATES: Fields = at_most(-1.0)  # as a difference of logarithms to base two
TIMES: Fields = {"metric": "log2_steps", "statistic": "median", "seeds": 16}
OF_4000: Fields = {"censored_at": 11.965, **TIMES}  # log2 of 3998 updates; the last look before the budget is at 3950
OF_2000: Fields = {"censored_at": 10.965, **TIMES}  # log2 of 1999 updates; the last look before the budget is at 1995
GATES: Fields = {"study": "gates", "statistic": "median", "seeds": 10, **CONTROL}
BIASES = ("-1", "0", "1", "2", "3", "4", "5", "6", "8")
DELAYS = ("delay25", "delay50", "delay100", "delay200")
TASKS = ("adding10", "order30", "parity30", "characters", "adding100", "order100", "recall100")
TWO_TASKS: Fields = {"study": "tasks", "arms": TASKS, "statistic": "cells", "seeds": 16, "cells": 7, **at_least(0.28)}


def _path(bias: str) -> Check:
    return Check(f"path-b{bias}", "cell-path", arms=(f"b{bias}",), metric="path_error", **at_most(0.05), **GATES)


def _gate(bias: str, entry: str) -> Check:
    return Check(f"gate-b{bias}", entry, arms=(f"b{bias}",), metric="gate_error", **at_most(0.02), **GATES)


def _faster(name: str, entry: str, study: str, large: str, none: str) -> Check:
    return Check(name, entry, study, (large, none), **HALF_THE_UPDATES, **OF_4000)


CLAIMS = (
    Claim(
        id="lstm-forget-bias-large",
        **POST,
        statement="An LSTM that starts from a large forget bias learns long dependencies in fewer updates, or at all.",
        quotation="initialize the biases of the forget gates of the LSTMs to large values",
        dataset="synthetic",
        checks=(
            _faster("adding-b2", "adding-updates", "adding", "adam_b2", "adam_b0"),
            _faster("adding-b5", "adding-updates", "adding", "adam_b5", "adam_b0"),
            Check(
                "recall-100",
                "success-differs",
                study="success",
                arms=("recall_b5", "recall_b0"),
                metric="solved",
                statistic="difference_of_proportions",
                success=(">=", 1.0),
                seeds=16,
                **at_least(0.5),
            ),
            _faster("copy-b5", "copy-memory", "copy_memory", "b5", "b0"),
            Check(
                "best-bias",
                "best-bias-grows",
                study="recall",
                arms=DELAYS,
                metric="best_bias",
                statistic="trend",
                seeds=16,
                **at_least(0.0),
            ),
            _faster("rmsprop-b2", "rmsprop", "adding", "rmsprop_b2", "rmsprop_b0"),
            _faster("rmsprop-b5", "rmsprop", "adding", "rmsprop_b5", "rmsprop_b0"),
            *(_path(bias) for bias in BIASES),
        ),
        quick=(
            quick("recall-b5", "success-differs", "recall", "quick", "solved_b5", at_least(1.0)),
            quick("recall-b0", "success-differs", "recall", "quick", "solved_b0", at_most(0.0)),
            quick("path", "cell-path", "gates", "b0", "path_error", at_most(0.05)),
        ),
        prior="Likely. A gate remembers for -1/ln sigmoid(b) steps: 1.4 (b = 0), 3.2 (1), 7.9 (2), 149 (5). Keras' "
        "default of 1 is not large for 100 steps and more.",
        expects=("reproduced",),
        published=Published(
            "noisy temporal order: a bias of 5 trains as fast as an LSTM without forget gates, a bias of 1 takes about "
            "three times as long (Gers et al. 2000)",
            "confirmed",
        ),
        dropped={
            "delay-400": "too dear without an accelerator: the study `longest` trains it at the gpu tier, and no check "
            "reads it, as the claim could then not be judged elsewhere"
        },
    ),
    Claim(
        id="lstm-half-adequate-some",
        **POST,
        statement="A forget gate of 0.5, that of a bias of 0, is adequate for some problems and not for others.",
        quotation="set to 0.5, which is adequate for some but not all problems",
        dataset="tiny_shakespeare",
        checks=(
            _gate("0", "gate-is-half"),
            *(_gate(bias, "gate-is-sigmoid") for bias in BIASES if bias != "0"),
            Check("adequate", "adequate-twice", metric="b0_over_best", success=(">=", 0.95), **TWO_TASKS),
            Check("inadequate", "inadequate-twice", metric="log2_slowdown", success=(">=", 1.0), **TWO_TASKS),
            Check("resets", "large-bias-worse", "resets", ("b5", "b0"), **at_least(0.14), **OF_2000),
        ),
        quick=(
            quick("half", "gate-is-half", "gates", "b0", "gate_error", at_most(0.02)),
            quick("sigmoid", "gate-is-sigmoid", "gates", "b5", "gate_error", at_most(0.02)),
            quick("resets-b0", "large-bias-worse", "resets", "quick_b0", "log2_steps", at_most(6.8)),
            quick("resets-b5", "large-bias-worse", "resets", "quick_b5", "log2_steps", at_least(6.8)),
        ),
        prior="Very likely, with a task of frequent resets on which a bias of 5 is worse.",
        expects=("reproduced",),
        published=Published(
            "LSTM without and with a forget bias of 1: .892 and .902 on arithmetic, .425 and .444 on XML, .0891 and "
            ".0895 on Penn Treebank (Jozefowicz et al. 2015)",
            "from memory",
        ),
        dropped={"sentence-polarity": "the data set (MR) is not at hand"},
    ),
)
