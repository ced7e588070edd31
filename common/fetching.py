"""Downloads the data sets, through TFDS where it has them. The only use of the network, on request alone."""

import io
import os
import shutil
import sys
import tarfile
import tempfile
import threading
import urllib.error
import urllib.request
from contextlib import redirect_stdout
from pathlib import Path
from typing import IO, Any

from common import datasets
from common.canonical import agree, arrays_sha256
from common.decoding import POLARITY_FILES, from_polarity, quiet
from common.errors import UserError
from common.home import named_folder

FILES = {  # one that TFDS downloads of each
    "mnist": "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz",
    "tiny_shakespeare": "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
}
SENTENCES = "https://www.cs.cornell.edu/people/pabo/movie-review-data/rt-polaritydata.tar.gz"  # the authors' own page
LARGEST = 10_000_000  # bytes of that archive, and of each file in it; they are 0.5 and 0.6 million
PATIENCE = 8.0  # seconds in which its host must answer; TFDS itself would try for minutes


def fetch() -> Path:
    """Download what is missing, verify and cache it; returns the data folder.

    Raises:
        UserError: the network, the disk or the data is at fault, within seconds where a host does not answer.
    """
    folder = named_folder(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets", "TFDS_DATA_DIR")
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
    if not datasets.at_hand(datasets.POLARITY):
        fetch_sentences()
    return folder


def fetch_sentences() -> None:
    """Downloads the two files of sentence polarity into their folder, and keeps them only if their hash is right.

    Raises:
        UserError: the network or the disk is at fault, or the files are others than those of the suite's record.
    """
    folder = datasets.polarity_dir()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _reach(SENTENCES)
        with tempfile.TemporaryDirectory(dir=folder.parent) as place:
            with _open(SENTENCES, timeout=PATIENCE) as answer:
                packed = io.BytesIO(_limited(answer))
            with tarfile.open(fileobj=packed) as archive:
                for member in archive:  # only content is taken, never the place or the kind that a member names
                    name = Path(member.name).name
                    if name in POLARITY_FILES and member.isreg() and (file := archive.extractfile(member)) is not None:
                        (Path(place) / name).write_bytes(_limited(file))
            found = arrays_sha256(*from_polarity(Path(place)))
            agree("sha256 of the two files", found, datasets.POLARITY_SHA256)
            folder.mkdir(exist_ok=True)
            for name in POLARITY_FILES:
                shutil.copyfile(Path(place) / name, folder / name)
    except Exception as fault:  # whatever the network, the disk, the archive or the check raises
        mend = "connect to the network and type it again, or set MR_DATA_DIR to a folder that holds "
        raise UserError(
            f"{datasets.POLARITY} could not be fetched to {folder}: {datasets.reason(fault)}; "
            f"{mend}{' and '.join(POLARITY_FILES)}"
        ) from fault


class Https(urllib.request.HTTPRedirectHandler):
    """Follows a host elsewhere as long as nobody on the way can read or change what is sent."""

    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
        _refuse_plain(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _refuse_plain(address: str) -> None:
    if not address.startswith("https://"):
        raise OSError(f"{address} is no https address")


def _open(address: str | urllib.request.Request, timeout: float) -> Any:
    _refuse_plain(address if isinstance(address, str) else address.full_url)
    return urllib.request.build_opener(Https).open(address, timeout=timeout)


def _limited(file: IO[bytes]) -> bytes:
    """All that is in a file, unless that is more than what it should hold."""
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(f"it is larger than {LARGEST} bytes")
    return content


def _reach(address: str) -> None:
    """Raises OSError unless the host of a file answers soon, whatever it says. Goes through proxies, as TFDS does."""
    came: list[OSError | None] = []

    def ask() -> None:
        try:
            with _open(urllib.request.Request(address, method="HEAD"), timeout=PATIENCE):
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
