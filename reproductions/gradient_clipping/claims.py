"""What is claimed about clipping the gradient of recurrent nets, and what decides it. Literals only."""

from typing import Any

from common.claims import Check, Claim, Published

POST = "practical advice, on gradient clipping"


def _excess(over_time: str, threshold: str) -> Check:
    return Check(
        id=f"{'summed' if over_time == 'sum' else 'averaged'}-{threshold}",
        entry="summed-within-5-percent" if over_time == "sum" else "averaged-within-5-percent",
        study="thresholds",
        arms=(f"rnn_sgd_{over_time}",),
        metric=f"excess_{threshold}",
        statistic="median",
        relation="<=",
        threshold=1.05,
        seeds=10,
    )


def _widened(study: str, arm: str, threshold: str = "1") -> Check:
    return Check(
        id=f"{arm.replace('_', '-')}-range-{threshold}",
        entry="range-widened",
        study=study,
        arms=(arm,),
        metric=f"range_gain_{threshold}",
        statistic="median",
        relation=">=",
        threshold=10 * (1 - 1e-6),  # rates are half-decades: a gain of ten is exact but for rounding
        seeds=10,
    )


def _safe(net: str, steps: int) -> tuple[Check, Check]:
    arm = f"{net}_{steps}"
    known: dict[str, Any] = {"study": "unclipped", "arms": (arm,), "statistic": "median", "seeds": 10}
    name = arm.replace("_", "-").replace(".", "-")
    return (
        Check(
            id=f"{name}-safe-rate",
            entry="safe-rate",
            metric="usable_none",
            relation="<=",
            threshold=1e-5 * (1 + 1e-6),
            **known,
        ),
        Check(
            id=f"{name}-no-progress",
            entry="no-progress",
            metric="left_none",
            relation=">=",
            threshold=0.95,
            **known,
        ),
    )


def _quick(study: str, arm: str, metric: str, relation: Any, threshold: float, entry: str) -> Check:
    return Check(
        id=f"{arm.replace('_', '-').replace('.', '-')}-{metric.replace('_', '-')}",
        entry=entry,
        study=study,
        arms=(arm,),
        metric=metric,
        statistic="median",
        relation=relation,
        threshold=threshold,
        seeds=4,
    )


CLAIMS = (
    Claim(
        id="rnn-clipping-huge",
        source="sutskever2015overview",
        locator=POST,
        statement="Bounding the norm of the gradient makes a huge difference to the training of recurrent nets.",
        quotation="This one little trick plays a huge difference in the training of RNNs and LSTMs",
        dataset="tiny_shakespeare",
        checks=(
            _widened("rates", "rnn_adding_100_sgd"),
            _widened("rates", "rnn_order_50_sgd"),
            _widened("thresholds", "rnn_sgd_mean"),
            _widened("thresholds", "rnn_sgd_sum"),
        ),
        quick=(_quick("rates", "rnn_radius1.5_adding_50_sgd", "range_gain_1", ">=", 5.0, "range-widened"),),
        prior="Likely for a tanh net under SGD; small for LSTMs on short sequences, and under Adam.",
        expects=("reproduced",),
        published=Published("clipped SGD solves longer temporal orders (Pascanu et al. 2013)", "from memory"),
        dropped={
            "loss-improved": (
                "the entry lets either a wider range or a better loss decide; the range is judged, the ratio of the "
                "best losses is on record for every threshold"
            ),
            "lstm-and-adam": "reported apart with few seeds, as the entry asks; they decide nothing",
        },
    ),
    Claim(
        id="clip-5-or-15",
        source="sutskever2015overview",
        locator=POST,
        statement="Clip thresholds of 5 and of 15 work well.",
        quotation="Something like 15 or 5 works well in practice in my own experiments.",
        dataset="tiny_shakespeare",
        checks=tuple(_excess(over_time, threshold) for over_time in ("sum", "mean") for threshold in ("5", "15")),
        quick=(_quick("rates", "rnn_radius1.5_adding_50_sgd", "excess_15", "<=", 1.16, "averaged-within-5-percent"),),
        prior=(
            "Depends on whether the loss is summed over time: averaged, norms are typically under 1, and 5 or 15 never "
            "bind."
        ),
        expects=("partly", "not reproduced"),
        published=Published("element-wise clipping at 5 (char-rnn)", "confirmed"),
        dropped={"gradient-norms": "measured by `norms` and told on the page; the entry sets no threshold"},
    ),
    Claim(
        id="no-clip-puny-lr",
        source="sutskever2015overview",
        locator=POST,
        statement="Without clipping only learning rates as small as 1e-6 are safe, which are of no use.",
        quotation="force you to use a puny learning rate like 1e-6 which is too small",
        dataset="synthetic",
        checks=(
            *_safe("rnn_radius1", 100),
            *_safe("rnn_radius1.5", 100),
            *_safe("rnn_radius1.5", 200),
            *_safe("lstm_radius1", 100),
        ),
        quick=(_quick("unclipped", "rnn_radius1.5_50", "blown_none", "<=", 0.5, "safe-rate"),),
        prior="Unlikely in its order of magnitude with today's initial weights: 1e-4 to 1e-2 is expected.",
        expects=("not reproduced", "partly"),
        published=Published("1e-6", "confirmed"),
    ),
)
