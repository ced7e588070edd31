"""Laws of the data, and every fault of a data file shown to be refused with its reason.

MNIST laws need a prepared copy (TFDS_DATA_DIR or ~/tensorflow_datasets); without one they are skipped.
"""

import io
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from common import datasets
from common.errors import UserError

PREPARED = Path(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()
MEND = "type `repro data fetch`"


class Refused(socket.socket):
    """Stands for every socket: opening one is a fault of this project, and is named so."""

    def __init__(self, *_: object, **__: object) -> None:
        raise OSError("the network was touched")


@pytest.fixture(scope="module")
def mnist_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with MNIST and the text decoded from the prepared copy, made with the network blocked."""
    if not (PREPARED / "mnist" / "3.0.1").is_dir():
        pytest.skip(f"no MNIST in {PREPARED}: type `repro data fetch`, or set TFDS_DATA_DIR")
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(PREPARED))
        patch.setenv("REPRO_CACHE", str(folder))
        patch.delenv("REPRO_DATASET", raising=False)
        patch.setattr(socket, "socket", Refused)
        datasets.load_images(require="mnist")
        datasets.load_text()
    return folder


@pytest.fixture(scope="module")
def mnist(mnist_cache: Path) -> datasets.ImageData:
    """MNIST read from the cache alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(mnist_cache))  # holds no prepared data
        patch.setenv("REPRO_CACHE", str(mnist_cache))
        patch.delenv("REPRO_DATASET", raising=False)
        return datasets.load_images(require="mnist")


@pytest.fixture(scope="module")
def digits() -> datasets.ImageData:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REPRO_DATASET", "digits")
        patch.setenv("TFDS_DATA_DIR", "/nowhere")  # forced digits ask for nothing else
        return datasets.load_images()


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with empty `data` and `cache` folders and no network; returns their parent."""
    for name, variable in (("data", "TFDS_DATA_DIR"), ("cache", "REPRO_CACHE")):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / name))
    monkeypatch.delenv("REPRO_DATASET", raising=False)
    monkeypatch.setattr(socket, "socket", Refused)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "sizes", "width"), [("mnist", (50_000, 10_000, 10_000), 784), ("digits", (1000, 297, 500), 64)]
)
def test_shapes_types_and_range(name: str, sizes: tuple[int, ...], width: int, request: pytest.FixtureRequest) -> None:
    data: datasets.ImageData = request.getfixturevalue(name)
    assert (data.name, data.sha256, data.citable) == (name, datasets.SHA256[name], name == "mnist")
    for split, size in zip((data.train, data.validation, data.test), sizes, strict=True):
        assert split.images.shape == (size, width)
        assert split.labels.shape == (size,)
        assert (split.images.dtype, split.labels.dtype) == (np.float32, np.int32)
        assert (split.images.min(), split.images.max()) == (0, 1)
        assert set(split.labels.tolist()) == set(range(10))


@pytest.mark.parametrize(("name", "total"), [("mnist", 70_000), ("digits", 1797)])
def test_splits_share_no_image_and_leave_none_out(name: str, total: int, request: pytest.FixtureRequest) -> None:
    data: datasets.ImageData = request.getfixturevalue(name)
    rows = np.concatenate([data.train.images, data.validation.images, data.test.images])
    assert len({row.tobytes() for row in rows}) == total


def test_mnist_is_the_published_one(mnist: datasets.ImageData) -> None:
    labels = np.concatenate([mnist.train.labels, mnist.validation.labels])
    assert tuple(np.bincount(labels)) == datasets.MNIST_TRAIN_COUNTS
    images = np.concatenate([mnist.train.images, mnist.validation.images])
    assert images.mean(dtype=np.float64) == pytest.approx(0.1306604762738429, abs=1e-7)  # widely published
    assert images.std(dtype=np.float64) == pytest.approx(0.30810780385646264, abs=1e-7)


def test_canonical_order_forgets_the_order_it_was_given() -> None:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (200, 4, 4), dtype=np.uint8)
    labels = generator.integers(0, 10, 200, dtype=np.uint8)
    expected = datasets.canonical_order(images, labels)
    shuffled = generator.permutation(200)
    found = datasets.canonical_order(images[shuffled], labels[shuffled])
    assert not np.array_equal(expected[0], images)
    assert all(np.array_equal(one, other) for one, other in zip(expected, found, strict=True))


def test_subsets_are_nested_balanced_and_bounded(mnist: datasets.ImageData) -> None:
    small, large = datasets.subset(mnist.train, 1000), datasets.subset(mnist.train, 10_000)
    assert np.array_equal(small.images, large.images[:1000])
    assert np.array_equal(small.labels, large.labels[:1000])
    assert np.abs(np.bincount(large.labels) / 10_000 - np.bincount(mnist.train.labels) / 50_000).max() < 0.01
    for size in (0, -1, 50_001):
        with pytest.raises(UserError, match=f"a subset of {size} .* choose 1 to 50000"):
            datasets.subset(mnist.train, size)


def test_text_is_whole(mnist_cache: Path, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=f"tiny_shakespeare is in neither .*{MEND}"):
        datasets.load_text()
    monkeypatch.setenv("REPRO_CACHE", str(mnist_cache))
    text = datasets.load_text()
    assert (text.name, text.sha256) == ("tiny_shakespeare", datasets.TEXT_SHA256)
    assert text.train.startswith("First Citizen:\nBefore we proceed any further, hear me speak.")
    assert (len(text.train), len(text.validation), len(text.test)) == (1_003_854, 55_770, 55_770)
    assert text.test.endswith("Whiles thou art waking.\n")


def test_hash_sees_type_shape_and_bytes() -> None:
    zeros = np.zeros((2, 3), np.uint8)
    altered = [zeros.astype(np.int8), zeros.reshape(3, 2), zeros + np.uint8(1)]
    assert len({datasets.arrays_sha256(array) for array in [zeros, *altered]}) == 4
    assert datasets.arrays_sha256(zeros[::-1]) == datasets.arrays_sha256(zeros)


COUNTS = (2, 2)
IMAGES = np.array([0, 255, 7, 9], np.uint8).reshape(4, 1, 1)
LABELS = np.array([0, 1, 0, 1], np.uint8)


@pytest.mark.parametrize(
    ("images", "labels", "reason"),
    [
        (IMAGES.astype(np.int8), LABELS, "types"),
        (IMAGES.astype(np.float32), LABELS, "types"),
        (IMAGES, LABELS.astype(np.int64), "types"),
        (IMAGES[:3], LABELS[:3], "shapes"),
        (IMAGES.reshape(4, 1), LABELS, "shapes"),
        (IMAGES // 2, LABELS, r"pixel: \(0, 127\) instead of \(0, 255\)"),
        (np.maximum(IMAGES, 1), LABELS, r"pixel: \(1, 255\)"),
        (IMAGES, np.array([0, 1, 1, 1], np.uint8), "each digit"),
        (IMAGES, np.array([0, 1, 0, 2], np.uint8), "each digit"),
    ],
)
def test_wrong_arrays_are_named(images: np.ndarray, labels: np.ndarray, reason: str) -> None:
    datasets.check_images(IMAGES, LABELS, 1, 255, COUNTS)
    with pytest.raises(ValueError, match=reason):
        datasets.check_images(images, labels, 1, 255, COUNTS)


def test_repeated_image_is_named() -> None:
    datasets.check_distinct(IMAGES)
    with pytest.raises(ValueError, match="images that repeat another: 1 instead of 0"):
        datasets.check_distinct(np.concatenate([IMAGES, IMAGES[2:3]]))


def archive(*arrays: np.ndarray, compressed: bool = False) -> bytes:
    content = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(content, *arrays)
    return content.getvalue()


def place(bare: Path, name: str) -> Path:
    """A writable copy of a prepared data set in the data folder of `bare`."""
    return Path(shutil.copytree(PREPARED / name, bare / "data" / name, copy_function=shutil.copyfile))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("altered", "sha256 of the decoded arrays"),
        ("int8", "sha256 of the decoded arrays"),
        ("flipped bit", "Bad CRC-32"),
        ("truncated", "not a zip file"),
        ("empty", "No data left"),
        ("html", "pickled"),
        ("objects", "Object arrays cannot be loaded"),
        ("bomb", "more than its length"),
    ],
)
def test_damaged_cache_is_refused_set_aside_and_made_again(
    fault: str, reason: str, mnist_cache: Path, bare: Path
) -> None:
    whole = (mnist_cache / "tiny_shakespeare-1.0.0.npz").read_bytes()
    with np.load(io.BytesIO(whole)) as loaded:
        train, *others = (loaded[key] for key in loaded.files)
    altered, flipped = train.copy(), bytearray(whole)
    altered[1000] ^= 1
    flipped[len(whole) // 2] ^= 1
    content = {
        "altered": archive(altered, *others),
        "int8": archive(train.astype(np.int8), *others),
        "flipped bit": bytes(flipped),
        "truncated": whole[:-100],
        "empty": b"",
        "html": b"<!DOCTYPE html><title>404</title>",
        "objects": archive(np.array([canary], dtype=object)),
        "bomb": archive(np.zeros(10_000_000, np.uint8), compressed=True),
    }[fault]
    place(bare, "tiny_shakespeare")
    cache = bare / "cache" / "tiny_shakespeare-1.0.0.npz"
    cache.write_bytes(content)
    with pytest.raises(UserError, match=f"{cache} cannot be used: .*{reason}.*delete .*{MEND}"):
        datasets.check()
    with pytest.warns(RuntimeWarning, match=reason):
        assert datasets.load_text().sha256 == datasets.TEXT_SHA256
    (damaged,) = cache.parent.glob("*.damaged")
    assert damaged.read_bytes() == content
    assert cache.read_bytes() == whole


def canary() -> None:
    """Pickled by name; an object array that holds it must never be loaded."""


def test_flipped_pixel_in_the_cache_is_refused(mnist_cache: Path, bare: Path) -> None:
    with np.load(mnist_cache / "mnist-3.0.1.npz") as loaded:
        images, *others = (loaded[key] for key in loaded.files)
    images[12_345, 14, 14] ^= 1
    np.savez(bare / "cache" / "mnist-3.0.1.npz", images, *others)
    with (
        pytest.warns(RuntimeWarning, match="sha256 of the decoded arrays"),
        pytest.raises(UserError, match=f"mnist is in neither .*{MEND}"),
    ):
        datasets.load_images()


@pytest.mark.parametrize("fault", ["truncated", "flipped bit", "missing", "html"])
def test_damaged_prepared_file_is_refused(fault: str, mnist_cache: Path, bare: Path) -> None:
    folder = place(bare, "mnist") / "3.0.1"
    record = folder / "mnist-test.tfrecord-00000-of-00001"
    content = bytearray(record.read_bytes())
    if fault == "truncated":
        record.write_bytes(content[:1_000_000])
    elif fault == "flipped bit":
        content[1_000_000] ^= 1
        record.write_bytes(content)
    elif fault == "missing":
        record.unlink()
    else:
        (folder / "dataset_info.json").write_text("<!DOCTYPE html>")
    with pytest.raises(UserError, match=f"{folder} cannot be used: .+; delete {folder} and {MEND}") as refused:
        datasets.load_images()
    assert "\n" not in str(refused.value)
    assert not list((bare / "cache").iterdir())


def test_well_formed_but_altered_prepared_file_is_refused(mnist_cache: Path, bare: Path) -> None:
    import tensorflow as tf  # loaded already, by the decoding of `mnist_cache`

    folder = place(bare, "tiny_shakespeare") / "1.0.0"
    record = str(folder / "tiny_shakespeare-test.tfrecord-00000-of-00001")
    (content,) = (item.numpy() for item in tf.data.TFRecordDataset(record))
    with tf.io.TFRecordWriter(record) as writer:
        writer.write(content.replace(b"thou", b"thee", 1))
    with pytest.raises(UserError, match=f"{folder} cannot be used: sha256 of the decoded arrays"):
        datasets.load_text()


def test_without_network_and_data_digits_take_over_loudly(bare: Path) -> None:
    with pytest.warns(datasets.DatasetFallback, match=f"mnist is in neither {bare}.*{MEND}.*no verdict"):
        data = datasets.load_images()
    assert (data.name, data.citable) == ("digits", False)
    assert datasets.image_data_name_and_hash() == ("digits", datasets.DIGITS_SHA256)
    with pytest.raises(UserError, match=MEND):
        datasets.load_images(require="mnist")
    assert MEND in datasets.available()["mnist"]
    assert [line.split(":")[0] for line in datasets.check()] == ["digits", "mnist", "tiny_shakespeare"]


def test_fetch_without_network_says_what_to_do(mnist_cache: Path, bare: Path) -> None:
    with pytest.raises(UserError, match="mnist could not be fetched to .*TFDS_DATA_DIR to a folder that holds"):
        datasets.fetch()


def test_digits_on_request_are_silent(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_DATASET", "digits")
    assert datasets.load_images().sha256 == datasets.image_data_name_and_hash()[1]  # a warning is an error here
    with pytest.raises(UserError, match="REPRO_DATASET is digits; unset it"):
        datasets.load_images(require="mnist")
    monkeypatch.setenv("REPRO_DATASET", "cifar")
    with pytest.raises(UserError, match="REPRO_DATASET is cifar; unset it"):
        datasets.load_images()


def test_folders_that_cannot_be_used(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file := bare / "file").touch()
    monkeypatch.setenv("TFDS_DATA_DIR", str(file))
    with pytest.raises(UserError, match=f"TFDS_DATA_DIR is {file}, which is not a folder; .* or unset it"):
        datasets.load_images()
    monkeypatch.delenv("REPRO_CACHE")
    monkeypatch.setattr(datasets, "PROJECT_ROOT", bare)
    assert datasets.cache_dir() == bare / ".repro" / "data"
    monkeypatch.setattr(datasets, "PROJECT_ROOT", file)
    assert datasets.cache_dir().name == "repro-data"


def test_cache_that_cannot_be_written(mnist_cache: Path, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(bare, "tiny_shakespeare")
    (bare / "file").touch()
    monkeypatch.setenv("REPRO_CACHE", str(bare / "file"))
    with pytest.raises(UserError, match="make room, or set REPRO_CACHE"):
        datasets.load_text()


def test_cache_is_read_without_tensorflow(mnist_cache: Path, bare: Path) -> None:
    script = (
        "import sys; from common import datasets; print(datasets.image_data_name_and_hash()[0]);"
        "print(datasets.load_images().name, {'tensorflow', 'tensorflow_datasets', 'sklearn'} & set(sys.modules))"
    )
    environment = os.environ | {"REPRO_CACHE": str(mnist_cache), "PYTHONPATH": str(datasets.PROJECT_ROOT)}
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], env=environment, capture_output=True)
    assert done.stdout.decode().split("\n") == ["mnist", "mnist set()", ""], done.stderr.decode()
