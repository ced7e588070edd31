"""The folder that holds all that is kept between runs. Nothing here is imported with an ML library."""

import os
from pathlib import Path

from common.errors import UserError

PROJECT = Path(__file__).resolve().parent.parent


def named_folder(said: str | Path, where: str) -> Path:
    """The absolute path that a person wrote, `~` and `~user` in it resolved; whether it is there is not asked.

    Args:
        where: what they wrote it into, a variable or a word of the command line.

    Raises:
        UserError: there is no such user, or the system takes it for no path.
    """
    try:
        folder = Path(said).expanduser().absolute()
        folder.exists()  # which fails for a name that is too long, and for what lies in another user's closed folder
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "there is no such home"
        raise UserError(
            f"{where} is {str(said)!r:.80}, and no folder: {reason}; give another, by its whole path"
        ) from None
    return folder


def home() -> Path:
    """`REPRO_HOME`, else `.repro` beside the code: journal, compiled programs, decoded data, settings of libraries.

    Raises:
        UserError: what it names is no path.
    """
    return named_folder(os.environ.get("REPRO_HOME") or PROJECT / ".repro", "REPRO_HOME")


def keep_libraries_at_home() -> None:
    """Keras and Matplotlib write settings and caches where nobody asked for them: from now on they do it in `home()`.

    Before either is imported. What a user has chosen for them, in a variable or a file, stays.
    """
    if not (Path.home() / ".keras" / "keras.json").exists():
        os.environ.setdefault("KERAS_HOME", str(home() / "keras"))
    os.environ.setdefault("MPLCONFIGDIR", str(home() / "matplotlib"))
