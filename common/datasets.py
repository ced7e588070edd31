"""MNIST, its fallback of 8x8 digits, and tiny Shakespeare: checked, decoded once, cached.

Nothing else touches data files. MNIST and the text come through `tensorflow_datasets` (TFDS), the digits ship
inside scikit-learn. Both are imported only to decode: a process that finds the cache needs neither.

TFDS yields examples in an order of its own. Here they are sorted by the sha256 of image bytes and label, an
order that depends on no version and no seed and looks uniformly random: every split or subset is just a slice.

Environment: TFDS_DATA_DIR, a folder that holds `mnist/3.0.1`; REPRO_CACHE, a folder for decoded arrays;
REPRO_DATASET=digits, to use the digits without a warning.
"""

import contextlib
import hashlib
import io
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.errors import UserError

# Of the uint8 arrays in canonical order: images and labels of train, then of test; all digits; the three texts.
MNIST_SHA256 = "?"
DIGITS_SHA256 = "?"
TEXT_SHA256 = "?"
SHA256 = {"mnist": MNIST_SHA256, "digits": DIGITS_SHA256, "tiny_shakespeare": TEXT_SHA256}
VERSIONS = {"mnist": "3.0.1", "tiny_shakespeare": "1.0.0"}  # of TFDS
LICENCES = {
    "mnist": "CC BY-SA 3.0 according to Keras; TFDS names none; see http://yann.lecun.com/exdb/mnist",
    "digits": "BSD-3-Clause as part of scikit-learn; UCI data set 80, CC BY 4.0",
    "tiny_shakespeare": "text in the public domain; collected by https://github.com/karpathy/char-rnn",
}
MNIST_TRAIN_COUNTS = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)  # of the digits 0 to 9
MNIST_TEST_COUNTS = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
DIGITS_COUNTS = (178, 182, 177, 183, 181, 182, 181, 179, 174, 180)

PROJECT_ROOT = Path(__file__).resolve().parent.parent
Bytes = NDArray[np.uint8]


class DatasetFallback(UserWarning):
    """MNIST is not at hand and the digits take its place: directions only, never a verdict."""


@dataclass(frozen=True)
class Split:
    """`images` (n, height*width) float32 in [0, 1] and `labels` (n,) int32 in 0 to 9, in canonical order."""

    images: NDArray[np.float32]
    labels: NDArray[np.int32]


@dataclass(frozen=True)
class ImageData:
    """Images of the ten digits. `name` is mnist or digits; `sha256` is that of the arrays before the split."""

    name: str
    sha256: str
    train: Split
    validation: Split
    test: Split

    @property
    def citable(self) -> bool:
        """Whether a verdict may rest on this data: only on MNIST."""
        return self.name == "mnist"


@dataclass(frozen=True)
class TextData:
    """One ASCII text, cut 90/5/5 in reading order by TFDS; `sha256` is that of its three byte arrays."""

    name: str
    sha256: str
    train: str
    validation: str
    test: str


def load_images(*, require: str | None = None) -> ImageData:
    """MNIST (50,000 train, 10,000 validation, 10,000 test) or, with a warning, digits (1,000, 297, 500).

    `require="mnist"` refuses the fallback. Raises UserError if a copy that is there fails a check.
    """
    name = _chosen(require)
    if name == "mnist":
        images, labels, *test = _load(name)
        parts = [(images[:50_000], labels[:50_000]), (images[50_000:], labels[50_000:]), test]
        return ImageData(name, SHA256[name], *(_split(*part, peak=255) for part in parts))
    if not os.environ.get("REPRO_DATASET"):
        notice = "until then scikit-learn's 8x8 digits take its place and no verdict is made"
        warnings.warn(DatasetFallback(f"{_missing('mnist')}; {notice}"), stacklevel=2)
    images, labels = _decode_digits()
    cuts = (slice(1000), slice(1000, 1297), slice(1297, None))
    return ImageData(name, SHA256[name], *(_split(images[cut], labels[cut], peak=16) for cut in cuts))


def load_text() -> TextData:
    """tiny_shakespeare. Raises UserError if it is missing or fails a check: there is no fallback."""
    name = "tiny_shakespeare"
    return TextData(name, SHA256[name], *(part.tobytes().decode("ascii") for part in _load(name)))


def image_data_name_and_hash() -> tuple[str, str]:
    """Which data `load_images` would use, and its sha256. Reads no data: `load_images` refuses any other."""
    name = _chosen(None)
    return name, SHA256[name]


def subset(split: Split, size: int) -> Split:
    """The `size` examples with the smallest sha256: the same for every seed, the smaller inside the larger."""
    if not 1 <= size <= len(split.labels):
        raise UserError(f"a subset of {size} examples was asked for; choose 1 to {len(split.labels)}")
    return Split(split.images[:size], split.labels[:size])


def available() -> dict[str, str]:
    """Where each data set was found, or how to get it. Reads no data."""
    found = {name: " and ".join(str(path) for path in _copies(name)) for name in VERSIONS}
    status = {name: f"found in {places}" if places else _missing(name) for name, places in found.items()}
    return {**status, "digits": "ships inside scikit-learn"}


def check() -> list[str]:
    """Verify every copy at hand, prepared and decoded; a line for each. UserError at the first fault."""
    _decode_digits()
    verified = [("digits", "scikit-learn")]
    for name in VERSIONS:
        for path, read in _copies(name).items():
            with _refusing(path):
                read(name)
            verified.append((name, str(path)))
    missing = [f"{name}: not checked, as {_missing(name)}" for name in VERSIONS if not _copies(name)]
    return [
        f"{name}: sha256 {SHA256[name]} verified in {place}; {LICENCES[name]}" for name, place in verified
    ] + missing


def fetch() -> Path:
    """Download what is missing, verify and cache it; returns the data folder. Nothing else uses the network."""
    folder = data_dir()
    for name, version in VERSIONS.items():
        try:
            with _tensorflow_datasets() as tfds:
                # Both switches are needed: each keeps TFDS from asking a Google bucket for a prepared copy.
                config = tfds.download.DownloadConfig(try_download_gcs=False)
                builder = tfds.builder(f"{name}:{version}", data_dir=str(folder), try_gcs=False)
                builder.download_and_prepare(download_config=config)
        except Exception as fault:  # whatever the network, the disk or TFDS raises
            mend = f"try again with a network, or set TFDS_DATA_DIR to a folder that holds {name}/{version}"
            raise UserError(f"{name} could not be fetched into {folder}: {_reason(fault)}; {mend}") from fault
        _decode_into_cache(name)
    return folder


def data_dir() -> Path:
    """Where TFDS keeps prepared data. Raises UserError if TFDS_DATA_DIR is set and is not a folder."""
    told = os.environ.get("TFDS_DATA_DIR")
    folder = Path(told or "~/tensorflow_datasets").expanduser()
    if told and not folder.is_dir():
        mend = "point it at a folder that holds mnist/3.0.1, or unset it"
        raise UserError(f"TFDS_DATA_DIR is {told}, which is not a folder; {mend}")
    return folder


def cache_dir() -> Path:
    """Where decoded arrays are kept: REPRO_CACHE, else `.repro/data` of the project, else a temporary folder."""
    if told := os.environ.get("REPRO_CACHE"):
        return Path(told).expanduser()
    folder = PROJECT_ROOT / ".repro" / "data"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    # Others may write to the temporary folder; harmless, as arrays are hashed before use and never unpickled.
    return folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir()) / "repro-data"


def arrays_sha256(*arrays: NDArray[Any]) -> str:
    """sha256 over the type, shape and bytes of each array in turn."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape};".encode() + array.tobytes())
    return digest.hexdigest()


def canonical_order(images: Bytes, labels: Bytes) -> tuple[Bytes, Bytes]:
    """Examples (n, height, width) and (n,) sorted by the sha256 of image bytes and label."""
    pairs = zip(images, labels, strict=True)
    keys = [hashlib.sha256(image.tobytes() + label.tobytes()).digest() for image, label in pairs]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return images[order], labels[order]


def check_images(images: Bytes, labels: Bytes, side: int, peak: int, counts: tuple[int, ...]) -> None:
    """Raise ValueError unless images are (n, side, side) uint8 from 0 to peak, with `counts` of each label."""
    size = sum(counts)
    _agree("types of images and labels", f"{images.dtype} {labels.dtype}", "uint8 uint8")
    _agree("shapes of images and labels", (images.shape, labels.shape), ((size, side, side), (size,)))
    _agree("least and greatest pixel", (int(images.min()), int(images.max())), (0, peak))
    _agree("examples of each class", tuple(np.bincount(labels, minlength=len(counts)).tolist()), counts)


def check_distinct(images: Bytes) -> None:
    """Raise ValueError if an image occurs twice. Measured: none in all of MNIST, none in the digits."""
    _agree("images that repeat another", len(images) - len({image.tobytes() for image in images}), 0)


def _agree(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise ValueError(f"{what}: {found} instead of {expected}")


def _decode_digits() -> tuple[Bytes, ...]:
    with _refusing("the digits of scikit-learn", "install scikit-learn anew"):
        with warnings.catch_warnings(action="ignore"):
            from sklearn.datasets import load_digits
        raw = load_digits()
        images, labels = raw.images.astype(np.uint8), raw.target.astype(np.uint8)
        check_images(images, labels, 8, 16, DIGITS_COUNTS)
        check_distinct(images)
        return _verified("digits", *canonical_order(images, labels))


def _decode_mnist(train: dict[str, Any], test: dict[str, Any]) -> Iterator[Bytes]:
    for part, counts in ((train, MNIST_TRAIN_COUNTS), (test, MNIST_TEST_COUNTS)):
        images, labels = part["image"][..., 0], part["label"].astype(np.uint8)
        check_images(images, labels, 28, 255, counts)
        yield from canonical_order(images, labels)
    check_distinct(np.concatenate([train["image"], test["image"]]))


def _decode(name: str) -> tuple[Bytes, ...]:
    with _tensorflow_datasets() as tfds:
        builder = tfds.builder_from_directory(str(_prepared(name)))  # reads files only, never the network
        splits = [split for split in ("train", "validation", "test") if split in builder.info.splits]
        parts = [tfds.as_numpy(builder.as_dataset(split=split, batch_size=-1)) for split in splits]
    if name == "mnist":
        return _verified(name, *_decode_mnist(*parts))
    return _verified(name, *(np.frombuffer(part["text"][0], dtype=np.uint8) for part in parts))


def _read_cache(name: str) -> tuple[Bytes, ...]:
    content = _cached(name).read_bytes()
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        # The cache is not compressed: an entry larger than the file is an attempt to fill the memory.
        claimed = sum(entry.file_size for entry in archive.zip.infolist())
        _agree("claims to hold more than its own length", claimed > len(content), False)
        return _verified(name, *(archive[key] for key in archive.files))


def _verified(name: str, *arrays: Bytes) -> tuple[Bytes, ...]:
    _agree("sha256 of the decoded arrays", arrays_sha256(*arrays), SHA256[name])
    return arrays


def _load(name: str) -> tuple[Bytes, ...]:
    cached = _cached(name)
    if cached.exists():
        try:
            return _read_cache(name)
        except Exception as fault:  # whatever numpy and zipfile raise on foreign bytes
            aside = cached.with_name(f"{cached.name}.{time.time_ns()}.damaged")
            with contextlib.suppress(FileNotFoundError):  # another process may have been faster
                cached.rename(aside)
            warnings.warn(
                f"{cached} is damaged ({_reason(fault)}); kept as {aside}", RuntimeWarning, stacklevel=3
            )
    return _decode_into_cache(name)


def _decode_into_cache(name: str) -> tuple[Bytes, ...]:
    prepared, cached = _prepared(name), _cached(name)
    if not prepared.exists():
        raise UserError(_missing(name))
    with _refusing(prepared):
        arrays = _decode(name)
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cached.parent) as folder:
            with open(Path(folder) / cached.name, "wb") as file:
                np.savez(file, *arrays)
                file.flush()
                os.fsync(file.fileno())
            os.replace(file.name, cached)
    except OSError as fault:
        mend = "make room, or set REPRO_CACHE to another folder"
        raise UserError(f"{cached} cannot be written: {_reason(fault)}; {mend}") from fault
    return arrays


def _split(images: Bytes, labels: Bytes, peak: int) -> Split:
    pixels = images.reshape(len(images), -1).astype(np.float32)
    return Split(pixels / np.float32(peak), labels.astype(np.int32))


def _chosen(require: str | None) -> str:
    forced = os.environ.get("REPRO_DATASET")
    if forced not in (None, "", "digits"):
        raise UserError(f"REPRO_DATASET is {forced}; set it to digits, the only value it takes, or unset it")
    if require not in (None, "mnist"):
        raise UserError(f"{require} was required; only mnist can be")
    if forced and require:
        raise UserError("REPRO_DATASET is digits, but mnist is required; unset it")
    if not forced and _copies("mnist"):
        return "mnist"
    if require:
        raise UserError(_missing("mnist"))
    return "digits"


def _prepared(name: str) -> Path:
    return data_dir() / name / VERSIONS[name]


def _cached(name: str) -> Path:
    return cache_dir() / f"{name}-{VERSIONS[name]}.npz"


def _copies(name: str) -> dict[Path, Callable[[str], tuple[Bytes, ...]]]:
    readers = {_prepared(name): _decode, _cached(name): _read_cache}
    return {path: read for path, read in readers.items() if path.exists()}


def _missing(name: str) -> str:
    return f"{name} is neither in {_prepared(name)} nor in {_cached(name)}; type `repro data fetch`"


@contextlib.contextmanager
def _tensorflow_datasets() -> Iterator[Any]:
    """TFDS, imported late, with the warnings of its many imports silenced."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with warnings.catch_warnings(action="ignore"):
        import tensorflow_datasets as tfds

        yield tfds


@contextlib.contextmanager
def _refusing(place: Path | str, mend: str = "delete it and type `repro data fetch`") -> Iterator[None]:
    try:
        yield
    except Exception as fault:  # TFDS, TensorFlow, numpy and zipfile each have their own
        raise UserError(f"{place} cannot be used: {_reason(fault)}; {mend}") from fault


def _reason(fault: Exception) -> str:
    return " ".join(str(fault).split())[:200] or type(fault).__name__
