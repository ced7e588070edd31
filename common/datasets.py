"""MNIST, its fallback of 8x8 digits, tiny Shakespeare, and sentence polarity: checked, decoded once, cached.

Nothing else touches data files but what decodes them, `decoding.py`.
TFDS yields examples in an order of its own; here they are sorted by the sha256 of image bytes and label. That
depends on no version and no seed and looks uniformly random: every split or subset is just a slice.

Environment: TFDS_DATA_DIR is a folder that holds `mnist/3.0.1`; REPRO_CACHE, one for decoded arrays, else `data` in
REPRO_HOME;
REPRO_DATASET=digits takes the digits without a warning. MR_DATA_DIR is a folder with the two files of sentence
polarity, which are optional.
"""

import contextlib
import os
import tempfile
import time
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from common.canonical import Bytes, agree, arrays_sha256
from common.decoding import POLARITY_FILES, from_cache, from_polarity, from_sklearn, from_tfds
from common.errors import UserError
from common.home import home, named_folder

# Of the uint8 arrays: images and labels of train, then of test, in canonical order; the three texts; the two files.
MNIST_SHA256 = "a4a4c59d86b3371c53fbd5f6494de83ee210acb580b241b38e5785f9196ad6bb"
DIGITS_SHA256 = "b6c0603dfbbb3b153da27e1e959b454bcfc9d67a38574c8f12a1e345c0153b9d"
TEXT_SHA256 = "85b11986b02367ac5a7b06b8c198482700afeb230e0b7822539c9bf155a289e9"
POLARITY_SHA256 = "7358dc8bf673a3a4dbda384bdd4428e8493b944e793b80a235979d40a92d90b7"
POLARITY = "sentence_polarity"
SHA256 = {"mnist": MNIST_SHA256, "digits": DIGITS_SHA256, "tiny_shakespeare": TEXT_SHA256, POLARITY: POLARITY_SHA256}
VERSIONS = {"mnist": "3.0.1", "tiny_shakespeare": "1.0.0"}  # of TFDS
LICENCES = {
    "mnist": "CC BY-SA 3.0 according to Keras; TFDS names none; see http://yann.lecun.com/exdb/mnist",
    "digits": "BSD-3-Clause as part of scikit-learn; UCI data set 80, CC BY 4.0",
    "tiny_shakespeare": "text in the public domain; collected by https://github.com/karpathy/char-rnn",
    POLARITY: "for research, citing Pang & Lee (ACL 2005), who publish it as sentence polarity dataset v1.0",
}
SKLEARN = Path("sklearn/datasets")
READERS = {"digits": from_sklearn, POLARITY: from_polarity}


class DatasetFallback(UserWarning):
    """MNIST is not at hand and the digits take its place: directions only, never a verdict."""


@dataclass(frozen=True)
class Split:
    """`images` (n, height*width) float32 in [0, 1] and `labels` (n,) int32 in 0 to 9, in canonical order."""

    images: NDArray[np.float32]
    labels: NDArray[np.int32]


@dataclass(frozen=True)
class ImageData:
    """Images of ten digits: mnist or 8x8 digits. A verdict may rest on them only if `citable`: on mnist."""

    name: str
    sha256: str
    citable: bool
    train: Split
    validation: Split
    test: Split


@dataclass(frozen=True)
class TextData:
    """One ASCII text, cut 90/5/5 in reading order by TFDS; `sha256` is that of its three byte arrays."""

    name: str
    sha256: str
    train: str
    validation: str
    test: str


@dataclass(frozen=True)
class SentenceData:
    """Sentences of film reviews, lower-cased, their tokens between spaces, in the order of their files."""

    name: str
    sha256: str
    positive: tuple[str, ...]
    negative: tuple[str, ...]


def load_images(*, require: Literal["mnist"] | None = None) -> ImageData:
    """MNIST (50,000 train, 10,000 validation, 10,000 test) or, with a warning, digits (1,000, 297, 500).

    The arrays are read-only, and the same at every call.

    Raises UserError if a copy is damaged, or if `require="mnist"` and there is none.
    """
    name, sha256 = image_data_name_and_hash(require=require)
    if name == "digits" and not os.environ.get("REPRO_DATASET"):
        notice = f"{_missing('mnist')}; until then: 8x8 digits, and no verdict"
        warnings.warn(DatasetFallback(notice), stacklevel=2)
    stamps = tuple((str(path), path.stat().st_mtime_ns) for path in _copies(name) if path != SKLEARN)
    return ImageData(name, sha256, name == "mnist", *_splits(name, stamps))


@lru_cache(maxsize=1)
def _splits(name: str, stamps: tuple[tuple[str, int], ...]) -> tuple[Split, ...]:
    """Train, validation and test, read once in a process while the files are those of `stamps`; nobody may write."""
    images, labels, *held_out = _read(name, SKLEARN) if name == "digits" else load_arrays(name)
    size, peak = 50_000 if name == "mnist" else 1000, int(images.max())
    parts = ((images[:size], labels[:size]), (images[size:], labels[size:]), held_out)
    splits = tuple(Split(_scaled(x, peak), y.astype(np.int32)) for x, y in parts)
    for split in splits:
        split.images.flags.writeable = split.labels.flags.writeable = False
    return splits


def _scaled(images: Bytes, peak: int) -> NDArray[np.float32]:
    """Rows of pixels from 0 to 1, aligned to a cache line: such an array JAX uses as it is, any other it copies."""
    memory = np.empty(4 * images.size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    rows = memory[start : start + 4 * images.size].view(np.float32).reshape(len(images), -1)
    return np.divide(images.reshape(rows.shape), np.float32(peak), out=rows, dtype=np.float32)


def load_sentences() -> SentenceData:
    """Sentence polarity, 5331 sentences a side. Raises UserError if it is missing or damaged: there is no fallback."""
    if not (folders := _copies(POLARITY)):
        raise UserError(_missing(POLARITY))
    sides = (part.tobytes().decode("cp1252").removesuffix("\n").split("\n") for part in _read(POLARITY, folders[0]))
    return SentenceData(POLARITY, POLARITY_SHA256, *map(tuple, sides))


def load_text() -> TextData:
    """tiny_shakespeare. Raises UserError if it is missing or fails a check: there is no fallback."""
    name = "tiny_shakespeare"
    return TextData(name, SHA256[name], *(part.tobytes().decode("ascii") for part in load_arrays(name)))


def image_data_name_and_hash(*, require: Literal["mnist"] | None = None) -> tuple[str, str]:
    """Which data `load_images` would use, and its sha256. Reads no data: `load_images` refuses any other."""
    forced = os.environ.get("REPRO_DATASET")
    if forced and (forced != "digits" or require):
        raise UserError(f"REPRO_DATASET is {forced}; unset it, or use digits where mnist is not required")
    name = "mnist" if not forced and _copies("mnist") else "digits"
    if require and name != require:
        raise UserError(_missing(require))
    return name, SHA256[name]


def subset(split: Split, size: int) -> Split:
    """The `size` examples with the smallest sha256: the same for every seed, small ones inside large ones."""
    if not 1 <= size <= len(split.labels):
        raise UserError(f"a subset of {size} examples was asked for; choose 1 to {len(split.labels)}")
    return Split(split.images[:size], split.labels[:size])


def at_hand(name: str) -> bool:
    """Whether there is a copy of a data set. Reads no data."""
    return bool(_copies(name))


def available() -> dict[str, str]:
    """Where each data set was found, or how to get it. Reads no data."""
    return {name: " and ".join(map(str, _copies(name))) or _missing(name) for name in SHA256}


def check() -> list[str]:
    """Verify every copy at hand, prepared and decoded; a line for each. UserError at the first fault."""
    lines = []
    for name, sha256 in SHA256.items():
        for path in _copies(name):
            _read(name, path)
            lines.append(f"{name}: sha256 {sha256} verified in {path}; licence: {LICENCES[name]}")
    return lines + [f"{name}: not checked; {_missing(name)}" for name in SHA256 if not _copies(name)]


def data_dir() -> Path:
    """Where TFDS keeps prepared data. Raises UserError if TFDS_DATA_DIR is set and is not a folder."""
    told = os.environ.get("TFDS_DATA_DIR")
    folder = named_folder(told or "~/tensorflow_datasets", "TFDS_DATA_DIR")
    if told and not folder.is_dir():
        mend = "fill it with `repro data fetch`, point it at a folder that holds mnist/3.0.1, or unset it"
        raise UserError(f"TFDS_DATA_DIR is {told}, which is not a folder; {mend}")
    return folder


def cache_dir() -> Path:
    """Where decoded arrays are kept: REPRO_CACHE, else `data` in REPRO_HOME, else temporary."""
    if told := os.environ.get("REPRO_CACHE"):
        return named_folder(told, "REPRO_CACHE")
    folder = home() / "data"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    # Others may write to the temporary folder; harmless, as arrays are hashed before use and never unpickled.
    return folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir()) / "repro-data"


def _read(name: str, path: Path) -> tuple[Bytes, ...]:
    read = READERS.get(name) or (from_cache if path.suffix == ".npz" else from_tfds)
    try:
        arrays = read(path)
        agree("sha256 of the decoded arrays", arrays_sha256(*arrays), SHA256[name])
    except Exception as fault:  # TFDS, TensorFlow, numpy and zipfile each raise their own
        installed = name == "digits" or isinstance(fault, ImportError)
        again = "copy its files again" if name == POLARITY else f"delete {path} and type `repro data fetch`"
        mend = "install it again" if installed else again
        raise UserError(f"{path} cannot be used: {reason(fault)}; {mend}") from fault
    return arrays


def load_arrays(name: str) -> tuple[Bytes, ...]:
    """The arrays of a data set that TFDS prepares, verified; decoded once, and then from the cache."""
    prepared, cached = _places(name)
    if cached.exists():
        try:
            return _read(name, cached)
        except UserError as fault:
            aside = cached.with_name(f"{cached.name}.{time.time_ns()}.damaged")
            with contextlib.suppress(OSError):  # another process may have been faster
                cached.rename(aside)
            warnings.warn(f"set aside as {aside}: {fault.__cause__}", RuntimeWarning, stacklevel=3)
    if not prepared.exists():
        raise UserError(_missing(name))
    arrays = _read(name, prepared)
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cached.parent) as folder:
            with open(Path(folder) / cached.name, "wb") as file:
                np.savez(file, *arrays)
                file.flush()
                os.fsync(file.fileno())
            os.replace(file.name, cached)
    except OSError as fault:
        raise UserError(f"{cached}: {reason(fault)}; make room, or set REPRO_CACHE to a folder") from fault
    return arrays


def _places(name: str) -> tuple[Path, Path]:
    return data_dir() / name / VERSIONS[name], cache_dir() / f"{name}-{VERSIONS[name]}.npz"


def _copies(name: str) -> list[Path]:
    if name == POLARITY:
        folder = polarity_dir()
        return [folder] if all((folder / file).is_file() for file in POLARITY_FILES) else []
    return [SKLEARN] if name == "digits" else [path for path in _places(name) if path.exists()]


def decoded(name: str) -> Path:
    """Where the decoded arrays of a data set that TFDS prepares are kept, once they were read."""
    return _places(name)[1]


def polarity_dir() -> Path:
    """The folder for the two files of sentence polarity."""
    return named_folder(os.environ.get("MR_DATA_DIR") or data_dir() / POLARITY, "MR_DATA_DIR")


def absent() -> str:
    """Which data sets that claims need are not at hand, and what to do; empty when all are. Reads no data."""
    names = " and ".join(name for name in VERSIONS if not _copies(name))
    places = f"{data_dir()} nor {cache_dir()}"
    mend = "type `repro data fetch`, or set TFDS_DATA_DIR to a folder that holds a prepared copy"
    return f"not at hand: {names}, in neither {places}; {mend}" if names else ""


def _missing(name: str) -> str:
    if name == POLARITY:
        files = " and ".join(POLARITY_FILES)
        mend = f"set MR_DATA_DIR to a folder that holds {files}, or type `repro data fetch`"
        return f"{name} is optional and not in {polarity_dir()}; {mend}"
    return f"{name} is in neither {' nor '.join(map(str, _places(name)))}; type `repro data fetch`"


def reason(fault: Exception) -> str:
    """All that an error says, on one line."""
    return " ".join(str(fault).split()) or type(fault).__name__
