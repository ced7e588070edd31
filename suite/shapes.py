"""What a verdict and a negative control on record hold, so that no reader of it meets another. No Keras."""

from typing import Any

_ENDS: dict[str, Any] = dict.fromkeys(("value", "low", "high"), (float, None))
_EITHER: dict[str, Any] = {"id": str, "kind": str, "what": str, "outcome": str, "bar": str}
_CHECK: dict[str, Any] = _EITHER | {
    "study": str,
    "arms": [str],
    "asks": str,
    "trifling": bool,
    "effects": [{"name": str, "n": int, **_ENDS}],
}
_CHECK |= dict.fromkeys(("n", "most", "yes", "ties", "failed"), int)
_CHECK |= dict.fromkeys(("level?", "low?", "high?", "next_batch_minutes?"), (float, None))
VERDICT: dict[str, Any] = {
    **dict.fromkeys(("verdict", "reason", "answer", "nature", "dataset", "tier", "backend", "fixed", "judged"), str),
    "failed": int,
    "trained": [str],
    "clean": (bool, None),
    "changed_after_trials": bool,
    "checks": [({**_EITHER, "of": [_CHECK]}, _CHECK)],
    "scope": [{"id": str, "edition": int, "outcome": str}],
}
"""What each verdict of today's edition holds."""
NEGATIVE: dict[str, Any] = {
    **dict.fromkeys(("what", "state", "reason", "word", "claim_sha256", "numbers_sha256"), str),
    "code_sha256": {"*": str},
    "checks": [{"id": str, "ties?": int, **dict.fromkeys(("yes", "n", "asked"), int), "needed": (int, None)}],
}
"""What the negative control of a claim holds."""
_COMPARED: dict[str, Any] = dict.fromkeys(("id", "outcome", "role?", "statistic?", "metric?", "relation?"), str)
_COMPARED |= dict.fromkeys(("value?", "low?", "high?", "threshold?", "seeds?", "failed?"), (float, None))
FIRST: dict[str, Any] = {
    "verdict": str,
    **dict.fromkeys(("reason?", "dataset?", "backend?", "prior?", "answer?"), str),
}
FIRST |= {"checks?": [_COMPARED]}
BEFORE: dict[str, Any] = {**FIRST, "prior_held": (bool, None)}
"""A verdict of edition 1 where today's may stand as well, told from one of these that is damaged."""
FIRST |= {"prior_held?": (bool, None)}
_UNSAID: dict[str, Any] = {"reason": "", "dataset": "", "backend": "", "prior": "", "prior_held": None, "checks": []}
_UNCOMPARED: dict[str, Any] = {
    "role": "",
    "statistic": "",
    "metric": "",
    "relation": "",
    "value": None,
    "low": None,
    "high": None,
}
_UNCOMPARED |= {"threshold": None, "seeds": 0, "failed": 0}
"""What a verdict and a check of edition 1, or of another folder, may hold, and what is taken for unsaid."""


def completed(said: dict[str, Any]) -> dict[str, Any]:
    return {**_UNSAID, **said, "checks": [{**_UNCOMPARED, **check} for check in said.get("checks", ())]}
