"""Ctrl-C and SIGTERM end a command, wherever in Python they come up. No Keras."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a run as Ctrl-C does. Ray makes it one, so that only `came` tells."""

    came = False


def _terminated(*_: object) -> NoReturn:
    Terminated.came = True
    raise Terminated


@contextmanager
def heard() -> Iterator[None]:
    """Within it SIGTERM is an interrupt, and each interrupt ends what runs there.

    One that Python drops, as it must where it came up in a finalizer or amid an import's locks, is sent again. An error
    that Python 3.11 made of one, as in a `__set_name__`, is one again.
    """
    signal.signal(signal.SIGTERM, _terminated)
    Terminated.came = False
    dropped = sys.unraisablehook

    def again(unraisable: "sys.UnraisableHookArgs") -> None:
        if not isinstance(unraisable.exc_value, KeyboardInterrupt):
            dropped(unraisable)
            return
        number = signal.SIGTERM if Terminated.came else signal.SIGINT
        # From another thread, as what comes up in here is dropped too; to this one, which may be waiting.
        threading.Timer(0.01, signal.pthread_kill, (threading.main_thread().ident, number)).start()

    sys.unraisablehook = again
    try:
        yield
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None:
            cause = cause.__cause__
            if isinstance(cause, KeyboardInterrupt):
                raise cause from None
        raise
    finally:
        sys.unraisablehook = dropped


def ignore() -> None:
    """What ends already ends in peace: another interrupt would only garble how."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # An interrupt that came through the `exec` of a string, as in the `@dataclass` of a library being loaded, has left
    # a mark for which `python -m` would die by the signal after all; the next such `exec` takes it away.
    exec("")
