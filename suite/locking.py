"""Keeps two processes from writing the record at once. No Keras."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from common.errors import UserError
from suite import registry

FILE = ".lock"
SOON, PATIENCE = 1.0, 600.0
"""Seconds until a wait is told, and until it ends. To write all of the record anew takes a minute or two."""


@contextmanager
def alone() -> Iterator[None]:
    """Waits until nobody else writes the record, and keeps others waiting; within itself it passes at once.

    Who only reads takes no part in it, and who dies lets go. A folder that cannot be locked, as one that is read-only,
    is not: what is written there next says why it cannot be.

    Raises:
        UserError: another process still writes it after `PATIENCE`.
    """
    from filelock import FileLock, Timeout  # slow to import, for `verify`

    folder = registry.results()
    lock = FileLock(folder / FILE, is_singleton=True)
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            try:
                held.enter_context(lock.acquire(timeout=SOON))
            except Timeout:
                print(f"repro: another command writes {folder}; waiting for it to end", file=sys.stderr)
                held.enter_context(lock.acquire(timeout=PATIENCE))
        except Timeout:
            raise UserError(
                f"another command still writes {folder}; wait for it to end, or stop it (`fuser {lock.lock_file}` "
                f"names its process), and type this again. Finished trials are safe in the journal."
            ) from None
        except (OSError, NotImplementedError):
            pass
        yield
