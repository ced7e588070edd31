"""How many digits of a number are told. No Keras."""

WHOLES = (1.0, 100.0)
MOST = 9  # as many as the record holds


def significant(value: float, least: int = 3) -> int:
    """So many that what is not quite 1, or 100 per cent, is not told as if it were: 0.9998, not 1."""
    for digits in range(least, MOST):
        if abs(float(f"{value:.{digits}g}")) not in WHOLES or abs(value) in WHOLES:
            return digits
    return MOST


def told(value: float, least: int = 3) -> str:
    """The number with so many significant digits, and zero without a sign."""
    return f"{value + 0.0:.{significant(value, least)}g}"
