"""Our test errors beside the published ones, net by net."""

from collections.abc import Sequence

from common.records import Trial
from common.statistics import mean
from common.tables import markdown

STUDIES = ()  # none beyond those that claims read
COLUMNS = ("net", "ours, per cent (99 % interval; seeds)", "published, per cent", "source", "status")
SRIVASTAVA = "Srivastava et al. 2014"
PUBLISHED = (  # net, study, arm, metric; published error in per cent, its source, and whether it could be confirmed
    ("plain, 2×1024, 60 epochs", "helps", "published", "plain_test_error", "1.60 (784-800-10)", "Simard et al. 2003"),
    ("max-norm, 2×1024", "helps", "one_of_two", "max_norm_test_error", "1.35 (1024-1024-2048)", SRIVASTAVA),
    ("dropout, 2×1024", "helps", "one_of_two", "dropout_test_error", "1.25 (3×1024)", SRIVASTAVA),
    (
        "dropout and max-norm, 2×1024",
        "helps",
        "published",
        "dropout_max_norm_test_error",
        "1.06 (3×1024); 1.05 (784-898-1532-10)",
        f"{SRIVASTAVA}; pylearn2 reproduction",
    ),
    ("dropout, 3×1024, a million steps", "published_nets", "million_dropout", "test_error", "1.25", SRIVASTAVA),
    (
        "dropout and max-norm, 3×1024, a million steps",
        "published_nets",
        "million_dropout_max_norm",
        "test_error",
        "1.06; 1.12",
        f"{SRIVASTAVA}; a reproduction in PyTorch",
    ),
    ("L2 penalty, 2×200", "published_nets", "small_l2", "test_error", "1.62 (1024-1024-2048)", SRIVASTAVA),
    ("plain, 4×2000", "published_nets", "large_plain", "test_error", "none found", "–"),
    (
        "dropout and max-norm, 4×2000",
        "published_nets",
        "large_dropout",
        "test_error",
        "1.01 (2×4096), 0.95 (2×8192)",
        SRIVASTAVA,
    ),
)


def sentences(trials: Sequence[Trial]) -> str:
    """A table of Markdown: what each net errs on here, and what was published of the one nearest to it."""
    rows = []
    for net, study, arm, metric, published, source in PUBLISHED:
        found = [t.metrics.get(metric) for t in trials if (t.study, t.arm) == (study, arm)]
        status = "–" if source == "–" else "confirmed"
        cells = (net, ours([value for value in found if value is not None]), published, source, status)
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    return "Ours beside what was published of the nearest net:\n\n" + markdown(rows, COLUMNS)


def ours(errors: Sequence[float]) -> str:
    """Mean error, and its interval where there are seeds enough."""
    if not errors:
        return "not run"
    found = mean(errors)
    interval = f"{found.low:.2f} to {found.high:.2f}, " if found.n > 4 else ""
    return f"{found.estimate:.2f} ({interval}{found.n})"
