"""The slide's arithmetic has known answers, and so has what a block of timings comes to."""

from typing import Any

import pytest

from common import timing
from reproductions.gradients.claims import CLAIMS
from reproductions.gradients.studies import roofline, slide_arithmetic
from suite.questions import Observation

ROWS, COLUMNS, WIDTHS = 1000, 500, (1, 4, 16)


def answers(study: str, arm: str, metrics: dict[str, Any]) -> dict[str, str]:
    """What a trial with these numbers says to each check of the claim on that study."""
    claim = next(claim for claim in CLAIMS if claim.id == "matvec-memory-bound")
    row = {arm: Observation(1000, metrics, failed=False, dataset="synthetic")}
    return {check.id: check.asks.answer(row) for check in claim.each() if check.study == study}


def test_the_slide_moves_two_megabytes_and_computes_a_million_operations() -> None:
    [arm] = slide_arithmetic.arms("full")
    found = slide_arithmetic.counted(**arm.settings)
    assert (found["bytes"], found["operations"]) == (4 * (1024 * 512 + 1024 + 512), 2 * 1024 * 512)
    assert found["memory_microseconds"] == pytest.approx(7.011, abs=1e-3)
    assert found["compute_microseconds"] == pytest.approx(0.1748, abs=1e-4)
    assert found["rounded_microseconds"] == pytest.approx(0.1667, abs=1e-4)
    assert found["intensity"] == pytest.approx(0.4985, abs=1e-4)


def test_a_machine_that_computes_slowly_would_gain_by_computing_faster() -> None:
    found = answers("slide_arithmetic", "slide", slide_arithmetic.counted(1024, 512, bandwidth=300e9, peak=1e9))
    assert found["memory-time-above-compute"] == found["twice-the-speed"] == found["twice-the-bandwidth"] == "no"
    assert found["printed-figures-match"] == "no"


def test_figures_match_where_they_round_to_what_is_printed() -> None:
    found = slide_arithmetic.counted(1024, 512, bandwidth=300e9, peak=6.5e12)  # at which 1 048 576 take 0.161 μs
    assert found["figures_off"] == 0
    assert slide_arithmetic.counted(1024, 512, bandwidth=250e9, peak=6.5e12)["figures_off"] == 1
    assert slide_arithmetic.counted(1024, 512, bandwidth=100e9, peak=1e12)["figures_far_off"] == 2


def block(bandwidth: float, peak: float, unrest: float = 1.1) -> dict[str, Any]:
    """The metrics of a machine that keeps to its roof, whose cache is four times as fast as its memory."""

    def seconds(rows: int, columns: int, width: int, bytes_a_second: float) -> float:
        return max(4 * rows * columns / bytes_a_second, 2 * rows * columns * width / peak)

    timed = {f"{w}": seconds(ROWS, COLUMNS, w, bandwidth) for w in WIDTHS}
    timed["small"] = seconds(*roofline.SMALL, 1, 4 * bandwidth)
    found = timing.Block(timed, dict.fromkeys(timed, 1.0), unrest, peak, bandwidth)
    return dict(roofline.measured(found, ROWS, COLUMNS, WIDTHS)["metrics"])


def test_a_machine_at_its_roof_is_bound_by_memory_for_one_column_and_not_for_many() -> None:
    found = block(bandwidth=20e9, peak=100e9)
    assert found["vector_over_roof"] == pytest.approx(1, rel=0.01)
    assert found["vector_share"] == pytest.approx(0.1, rel=0.01)
    assert found["columns_share"] == pytest.approx(1, rel=0.01)
    assert found["cached_over_roof"] == pytest.approx(4, rel=0.01)
    assert (found["balance"], found["columns_correlation"]) == (5, pytest.approx(1))
    assert set(answers("roofline", "block", found).values()) == {"yes"}


def test_a_machine_without_a_memory_bound_says_no_and_so_does_a_restless_one() -> None:
    slow = answers("roofline", "block", block(bandwidth=200e9, peak=50e9))
    assert [slow[c] for c in ("matvec-a-fifth-of-peak", "more-columns-faster", "machine-computes-more")] == ["no"] * 3
    assert answers("roofline", "block", block(20e9, 100e9, unrest=1.6))["quiet"] == "no"


def test_a_real_block_comes_to_all_its_metrics() -> None:
    settings = {"rows": 64, "columns": 32, "widths": [1, 4], "rounds": 4}
    [run] = roofline.run(settings, [20_000], 1)
    assert set(run.metrics) == set(roofline.METRICS)
    assert [w for w, _ in run.curves["pace"]] == [1, 4]
    assert roofline.TIMED
