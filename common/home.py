"""The folder that holds all that is kept between runs. Nothing here is imported with an ML library."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """`REPRO_HOME`, else `.repro` beside the code: journal, compiled programs, decoded data, settings of libraries."""
    return Path(os.environ.get("REPRO_HOME") or PROJECT / ".repro").expanduser().absolute()


def keep_libraries_at_home() -> None:
    """Keras and Matplotlib write settings and caches where nobody asked for them: from now on they do it in `home()`.

    Before either is imported. What a user has chosen for them, in a variable or a file, stays.
    """
    if not (Path.home() / ".keras" / "keras.json").exists():
        os.environ.setdefault("KERAS_HOME", str(home() / "keras"))
    os.environ.setdefault("MPLCONFIGDIR", str(home() / "matplotlib"))
