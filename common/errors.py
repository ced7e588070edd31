"""The one exception that is shown to a person as a single line instead of a traceback."""


class UserError(Exception):
    """A fault the user can mend: bad usage, missing data, a locked journal.

    The message says what was wrong, which value, and what to do. The command
    prints it after `repro: ` and exits with 2.
    """
