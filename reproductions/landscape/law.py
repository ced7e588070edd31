"""What the law of the square says of P(n) for six to eight directions, fixed before any was looked at. No Keras.

ln P(n) = -(ln 3 / 4) n² + b n + c: the leading term is that of Dean & Majumdar (2006) for large n, and the line is put
through the exact values at n = 4 and 5. The rule: a prediction is met where P(n) lies within 5 % of it. When it was
made, exact values up to n = 5 were known, and estimates by importance up to n = 5.
"""

import json
import math
from pathlib import Path
from typing import Any

LEADING = -math.log(3) / 4
FITTED, TARGETS = (4, 5), (6, 7, 8)
TOLERANCE = 0.05  # of P(n): ten standard errors of a seed's estimate
FILE = Path(__file__).parent / "prediction.json"


def line() -> tuple[float, float]:
    """b and c."""
    from reproductions.landscape import orthogonal

    first, second = (math.log(orthogonal.exact(n)) - LEADING * n * n for n in FITTED)
    b = (second - first) / (FITTED[1] - FITTED[0])
    return b, first - b * FITTED[0]


def predictions() -> dict[str, Any]:
    """What `prediction.json` holds."""
    b, c = line()
    targets = {}
    for n in TARGETS:
        log = LEADING * n * n + b * n + c
        ends = (log + math.log(1 - TOLERANCE), log, log + math.log(1 + TOLERANCE))
        targets[str(n)] = {"log_p": [round(end, 4) for end in ends], "p": float(f"{math.exp(log):.4g}")}
    return {
        "fitted_on": f"exact P(n) at n = {FITTED[0]} and {FITTED[1]}",
        "leading": round(LEADING, 6),
        "per_direction": round(b, 6),
        "constant": round(c, 6),
        "tolerance": TOLERANCE,
        "targets": targets,
    }


def committed() -> dict[str, Any]:
    """The predictions as they stood before the runs that meet them."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))
