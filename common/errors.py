"""The one exception that is shown to a person as a single line instead of a traceback."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A fault the user can mend: bad usage, missing data, a locked journal.

    The message says what was wrong, which value, and what to do. The command
    prints it after `repro: ` and exits with 2.
    """


def nearest(word: str, known: Iterable[str], *, otherwise: str, most: int = 1) -> str:
    """A question that names what may have been meant, in whatever case it was typed; else what to do instead."""
    near = get_close_matches(word.lower(), list(known), n=most, cutoff=0.6 if most == 1 else 0.4)
    return f"did you mean {' or '.join(near)}?" if near else otherwise
