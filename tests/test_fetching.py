"""What is said of data that are missing, damaged or out of reach."""

import threading
import time
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from common import datasets, fetching
from suite import cli


def test_a_check_without_mnist_says_where_it_looked_and_how_to_get_it(
    bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["data", "check"]) == 2
    out, err = capsys.readouterr()
    assert "digits: sha256" in out
    places = f"{bare / 'data'} nor {bare / 'home' / 'data'}"
    assert err == (
        f"repro: not at hand: mnist and tiny_shakespeare, in neither {places}; type `repro data fetch`, or set "
        f"TFDS_DATA_DIR to a folder that holds a prepared copy\n"
    )


def test_a_damaged_mnist_is_told_whole(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def damaged(path: Path) -> tuple[Any, ...]:
        raise ValueError(f"{'so it goes on and on, ' * 20}to the end of {path}")

    monkeypatch.setattr(datasets, "from_tfds", damaged)
    folder = bare / "data" / "mnist" / "3.0.1"
    folder.mkdir(parents=True)
    assert cli.main(["data", "check"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"to the end of {folder}; delete {folder} and type `repro data fetch`" in err


@pytest.mark.parametrize("place", ["data", "new/folder"])
def test_a_fetch_without_a_network_gives_up_soon(
    place: str, bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Looking up a name may take minutes, and TFDS tries again and again."""
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)
    gone = threading.Event()

    def silent(*_: object, **__: object) -> None:
        gone.wait(60)
        raise OSError("too late")

    monkeypatch.setattr(fetching, "_open", silent)
    monkeypatch.setenv("TFDS_DATA_DIR", str(bare / place))
    begun = time.monotonic()
    assert cli.main(["data", "fetch"]) == 2
    assert time.monotonic() - begun < 15
    gone.set()
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"repro: mnist could not be fetched to {bare / place}: no connection to storage.googleapis.com (no answer "
        f"within 0.3 s); connect to the network and type it again, or copy mnist/3.0.1 into {bare / place} from "
        f"elsewhere"
    )
    assert (bare / place).is_dir()
    assert fetching.PATIENCE < 15


def test_a_host_that_answers_is_reached_whatever_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise urllib.error.HTTPError("https://a.b/c", 403, "Forbidden", None, None)  # type: ignore[arg-type]

    monkeypatch.setattr(fetching, "_open", forbidden)
    fetching._reach("https://a.b/c")
    unknown = urllib.error.URLError("unknown name")

    def refused(*_: object, **__: object) -> None:
        raise unknown

    monkeypatch.setattr(fetching, "_open", refused)
    with pytest.raises(OSError, match=r"no connection to a.b \(unknown name\)"):
        fetching._reach("https://a.b/c")
