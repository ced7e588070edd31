"""What is wrong with what a `claims.py` holds, and where in a file an error came up. No Keras."""

import traceback
from collections import Counter
from types import ModuleType

from suite.claims import NAME, Claim


def unfit(module: ModuleType) -> str:
    """Why what a `claims.py` calls CLAIMS is none; empty when it is."""
    if not hasattr(module, "CLAIMS"):
        return "it has no CLAIMS"
    if not isinstance(module.CLAIMS, tuple | list):
        return f"CLAIMS is a {type(module.CLAIMS).__name__}, not a tuple of claims"
    odd = next((entry for entry in module.CLAIMS if not isinstance(entry, Claim)), None)
    if odd is not None:
        return f"CLAIMS holds {odd!r:.80}, which is no Claim"
    counts = Counter(claim.id for claim in module.CLAIMS)
    for identity, count in counts.items():
        if not NAME.fullmatch(identity):  # it becomes the name of a file
            return f"the id {identity!r} is no name of lower-case letters, digits, hyphens, dots and underscores"
        if count > 1:
            return f"{count} claims are called {identity}; give each an id of its own"
    return "" if module.CLAIMS else "it has no claims: CLAIMS is empty"


def line(error: BaseException, file: str) -> str:
    """Where in a file an error came up, to end a sentence with."""
    if isinstance(error, SyntaxError):
        return f", line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(file)]
    return f", line {lines[-1]}" if lines else ""
