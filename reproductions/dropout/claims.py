"""What is claimed about dropout, and what decides it. Literals only."""

from common.claims import Check, Claim, Published

CLAIMS = tuple(
    Claim(
        id=f"pilot-{study}",
        source="sutskever2015overview",
        locator="x",
        statement="x.",
        dataset="mnist",
        checks=(Check("a", "a", study, (arm,), "test_error", "median", "<=", 0.5, 8),),
        quick=(),
        prior="",
        expects=(),
        published=Published("x", "none found"),
    )
    for study, arm in (("grid", "w50_d1"), ("helps", "published"), ("longer", "10000"))
)
