"""Downloads the data sets through TFDS. The only use of the network, on request alone."""

import os
import sys
import threading
import urllib.error
import urllib.request
from contextlib import redirect_stdout
from pathlib import Path

from common import datasets
from common.decoding import quiet
from common.errors import UserError

FILES = {  # one that TFDS downloads of each
    "mnist": "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz",
    "tiny_shakespeare": "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
}
PATIENCE = 8.0  # seconds in which its host must answer; TFDS itself would try for minutes


def fetch() -> Path:
    """Download what is missing, verify and cache it; returns the data folder.

    Raises:
        UserError: the network, the disk or the data is at fault, within seconds where a host does not answer.
    """
    folder = Path(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()
    for name, version in datasets.VERSIONS.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / name / version).exists():
                _reach(FILES[name])
            with quiet(), redirect_stdout(sys.stderr):
                import tensorflow_datasets as tfds

                # Both switches are needed: each keeps TFDS from asking a Google bucket for a prepared copy.
                config = tfds.download.DownloadConfig(try_download_gcs=False)
                builder = tfds.builder(f"{name}:{version}", data_dir=str(folder), try_gcs=False)
                builder.download_and_prepare(download_config=config)
        except Exception as fault:  # whatever the network, the disk or TFDS raises
            mend = f"connect to the network and type it again, or copy {name}/{version} into {folder} from elsewhere"
            raise UserError(f"{name} could not be fetched to {folder}: {datasets.reason(fault)}; {mend}") from fault
        datasets.load_arrays(name)
    return folder


def _reach(address: str) -> None:
    """Raises OSError unless the host of a file answers soon, whatever it says. Goes through proxies, as TFDS does."""
    came: list[OSError | None] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=PATIENCE):
                came.append(None)
        except urllib.error.HTTPError:
            came.append(None)
        except OSError as fault:
            came.append(fault)

    thread = threading.Thread(target=ask, daemon=True)  # as looking up a name knows no time limit
    thread.start()
    thread.join(PATIENCE)
    fault = came[0] if came else TimeoutError(f"no answer within {PATIENCE:g} s")
    if fault is not None:
        raise OSError(f"no connection to {address.split('/')[2]} ({getattr(fault, 'reason', fault)})") from fault
