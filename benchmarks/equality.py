"""Whether all peers compute the same: speed is compared only where it buys the same mathematics."""

import math
from collections.abc import Mapping

from common.errors import UserError

TOLERANCE = 1e-4  # relative, after ten steps: orders of summation differ, and grow


def compare(losses: Mapping[str, Mapping[str, float]], reference: str = "ours") -> None:
    """Compares the losses by peer and workload with those of `reference`.

    Raises:
        UserError: the first that differs.
    """
    for peer, found in losses.items():
        for workload, loss in found.items():
            expected = losses[reference][workload]
            # Written so that a loss that is no number fails too.
            if not math.isclose(loss, expected, rel_tol=TOLERANCE):
                raise UserError(
                    f"peer {peer} trains another net than {reference} in {workload}: its loss after 10 steps is "
                    f"{loss:.7g} instead of {expected:.7g}"
                )
