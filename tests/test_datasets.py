"""Laws of the data, and every fault of a data file shown to be refused with its reason."""

import io
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from common import canonical, datasets, fetching
from common.errors import UserError

PREPARED = Path(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()
MEND = "type `repro data fetch`"


def refuse(*_: object, **__: object) -> None:
    raise OSError("the network was touched")


def settle(patch: pytest.MonkeyPatch, data: Path, cache: Path, forced: str = "") -> None:
    """A machine without a network whose data folder, cache and forced data set are these."""
    patch.setenv("TFDS_DATA_DIR", str(data))
    patch.setenv("REPRO_CACHE", str(cache))
    patch.setenv("REPRO_DATASET", forced)
    patch.delenv("MR_DATA_DIR", raising=False)
    patch.setattr(socket.socket, "__init__", refuse)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with MNIST and the text, decoded from the prepared copy."""
    if not (PREPARED / "mnist" / "3.0.1").is_dir():
        pytest.skip(f"no MNIST in {PREPARED}: {MEND}, or set TFDS_DATA_DIR")
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        settle(patch, PREPARED, folder)
        datasets.load_images(require="mnist")
        datasets.load_text()
    return folder


@pytest.fixture
def mnist(cache: Path, monkeypatch: pytest.MonkeyPatch) -> datasets.ImageData:
    settle(monkeypatch, data=cache, cache=cache)  # a folder without prepared data: read from the cache alone
    return datasets.load_images(require="mnist")


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> datasets.ImageData:
    settle(monkeypatch, Path("/nowhere"), Path("/nowhere"), forced="digits")  # which then are not looked at
    return datasets.load_images()  # silently: here a warning is an error


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with empty folders `data` and `cache`; returns their parent."""
    (tmp_path / "data").mkdir()
    (tmp_path / "cache").mkdir()
    settle(monkeypatch, tmp_path / "data", tmp_path / "cache")
    return tmp_path


def prepare(bare: Path, name: str) -> Path:
    """Put a writable copy of a prepared data set into the data folder; returns the folder of its version."""
    copied = shutil.copytree(PREPARED / name, bare / "data" / name, copy_function=shutil.copyfile)
    return next(Path(copied).iterdir())


@pytest.mark.parametrize(("name", "width"), [("mnist", 28 * 28), ("digits", 8 * 8)])
def test_shapes_range_and_splits(name: str, width: int, request: pytest.FixtureRequest) -> None:
    data: datasets.ImageData = request.getfixturevalue(name)
    assert (data.name, data.sha256, data.citable) == (name, datasets.SHA256[name], name == "mnist")
    sizes = (50_000, 10_000, 10_000) if name == "mnist" else (1000, 297, 500)
    images: set[bytes] = set()
    for split, size in zip((data.train, data.validation, data.test), sizes, strict=True):
        assert (split.images.shape, split.labels.shape) == ((size, width), (size,))
        assert (split.images.dtype, split.labels.dtype) == (np.float32, np.int32)
        assert (split.images.min(), split.images.max()) == (0, 1)
        assert set(split.labels.tolist()) == set(range(10))
        images |= {image.tobytes() for image in split.images}
    assert len(images) == sum(sizes)  # none is shared, none is left out


def test_mnist_has_the_published_mean_and_deviation(mnist: datasets.ImageData) -> None:
    assert mnist.train.images.mean(dtype=np.float64) == pytest.approx(0.1307, abs=5e-4)
    assert mnist.train.images.std(dtype=np.float64) == pytest.approx(0.3081, abs=5e-4)


def test_images_are_read_once_and_nobody_may_write_them(
    digits: datasets.ImageData, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.datasets import load_digits

    again = datasets.load_images()
    for one, other in ((digits.train, again.train), (digits.validation, again.validation), (digits.test, again.test)):
        assert one.images is other.images
        assert one.labels is other.labels
        assert one.images.ctypes.data % 64 == 0  # which JAX shares instead of copying it
        for array in (one.images, one.labels):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0
    ours = np.concatenate([part.images for part in (digits.train, digits.validation, digits.test)])
    assert sorted(row.tobytes() for row in ours) == sorted(
        row.tobytes() for row in load_digits().data.astype(np.float32) / np.float32(16)
    )


def test_a_file_that_has_changed_is_read_again(cache: Path, bare: Path) -> None:
    (bare / "cache" / "mnist-3.0.1.npz").write_bytes((cache / "mnist-3.0.1.npz").read_bytes())
    first = datasets.load_images()
    assert datasets.load_images().train.images is first.train.images
    os.utime(bare / "cache" / "mnist-3.0.1.npz", ns=(0, 0))
    again = datasets.load_images()
    assert again.train.images is not first.train.images
    assert np.array_equal(again.train.images, first.train.images)


def test_canonical_order_forgets_the_order_it_was_given() -> None:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (200, 4, 4), dtype=np.uint8)
    labels = generator.integers(0, 10, 200, dtype=np.uint8)
    shuffled = generator.permutation(200)
    expected = canonical.canonical_order(images, labels)
    found = canonical.canonical_order(images[shuffled], labels[shuffled])
    assert canonical.arrays_sha256(*found) == canonical.arrays_sha256(*expected)


def test_subsets_are_nested_balanced_and_bounded(mnist: datasets.ImageData) -> None:
    small, large = datasets.subset(mnist.train, 1000), datasets.subset(mnist.train, 10_000)
    assert np.array_equal(small.images, large.images[:1000])
    assert np.abs(np.bincount(large.labels) / 10_000 - np.bincount(mnist.train.labels) / 50_000).max() < 0.01
    for size in (0, -1, 50_001):
        with pytest.raises(UserError, match=rf"a subset of {size} .* choose 1 to 50000"):
            datasets.subset(mnist.train, size)


IMAGES, LABELS = np.array([[[0]], [[255]], [[7]], [[9]]], np.uint8), np.array([0, 1, 0, 1], np.uint8)
WRONG = {
    "types of images and labels: int8": (IMAGES.astype(np.int8), LABELS),
    "types of images and labels: uint8 int64": (IMAGES, LABELS.astype(np.int64)),
    r"shapes: \(\(3, 1, 1\)": (IMAGES[:3], LABELS[:3]),
    r"shapes: \(\(4, 1\)": (IMAGES[..., 0], LABELS),
    r"pixel: \(0, 127\) instead of \(0, 255\)": (IMAGES // 2, LABELS),
    r"pixel: \(1, 255\)": (IMAGES | 1, LABELS),
    r"each digit: \(1, 3\) instead of \(2, 2\)": (IMAGES, LABELS | np.array([0, 0, 1, 0], np.uint8)),
}


def test_wrong_and_repeated_images_are_named() -> None:
    canonical.check_images(IMAGES, LABELS, 1, 255, (2, 2))
    for reason, (images, labels) in WRONG.items():
        with pytest.raises(ValueError, match=reason):
            canonical.check_images(images, labels, 1, 255, (2, 2))
    with pytest.raises(ValueError, match="images that repeat another: 1 instead of 0"):
        canonical.check_distinct(IMAGES[[0, 1, 2, 1]])


def flip(content: bytes) -> bytes:
    return content[:999] + bytes([content[999] ^ 1]) + content[1000:]


def archive(*arrays: np.ndarray, save: object = np.savez) -> bytes:
    content = io.BytesIO()
    save(content, *arrays)
    return content.getvalue()


@pytest.mark.parametrize("fault", range(8))
def test_damaged_cache_is_refused_set_aside_and_made_again(fault: int, cache: Path, bare: Path) -> None:
    whole = (cache / "tiny_shakespeare-1.0.0.npz").read_bytes()
    with np.load(cache / "tiny_shakespeare-1.0.0.npz") as loaded:
        train, *others = (loaded[key] for key in loaded.files)
    reason, content = [
        ("sha256 of the decoded arrays", archive(train ^ (np.arange(len(train)) == 99), *others)),
        ("sha256 of the decoded arrays", archive(train.astype(np.int8), *others)),
        ("Bad CRC-32", flip(whole)),
        ("not a zip file", whole[:9999]),
        ("No data left", b""),
        ("pickled", b"<!DOCTYPE html><title>404</title>"),
        ("Object arrays cannot be loaded", archive(np.array([refuse], dtype=object))),
        ("more than its length", archive(np.zeros(10_000_000, np.uint8), save=np.savez_compressed)),
    ][fault]
    prepare(bare, "tiny_shakespeare")
    damaged = bare / "cache" / "tiny_shakespeare-1.0.0.npz"
    damaged.write_bytes(content)
    with pytest.raises(UserError, match=rf"{damaged} cannot be used: .*{reason}.*; delete {damaged} and {MEND}"):
        datasets.check()
    with pytest.warns(RuntimeWarning, match=rf"set aside as {damaged}.*damaged: .*{reason}"):
        text = datasets.load_text()
    assert (len(text.train), len(text.validation), len(text.test)) == (1_003_854, 55_770, 55_770)
    assert text.train[:14] + text.test[-8:] == "First Citizen:waking.\n"
    assert [path.read_bytes() for path in damaged.parent.glob("*.damaged")] == [content]
    assert damaged.read_bytes() == whole


def test_flipped_pixel_in_the_cache_is_refused(cache: Path, bare: Path) -> None:
    with np.load(cache / "mnist-3.0.1.npz") as loaded:
        images, *others = (loaded[key] for key in loaded.files)
    images[12_345, 14, 14] ^= 1
    np.savez(bare / "cache" / "mnist-3.0.1.npz", images, *others)
    with pytest.warns(RuntimeWarning, match="sha256"), pytest.raises(UserError, match=rf"mnist is in .*{MEND}"):
        datasets.load_images()


@pytest.mark.parametrize("fault", ["truncated", "flipped", "html"])
def test_damaged_prepared_file_is_refused(fault: str, cache: Path, bare: Path) -> None:
    folder = prepare(bare, "mnist")
    path = folder / ("dataset_info.json" if fault == "html" else "mnist-test.tfrecord-00000-of-00001")
    content = path.read_bytes()
    path.write_bytes({"truncated": content[:1_000_000], "flipped": flip(content), "html": b"<html>"}[fault])
    with pytest.raises(UserError, match=rf"{folder} cannot be used: .+; delete {folder} and {MEND}") as refused:
        datasets.load_images()
    assert "\n" not in str(refused.value)


def test_well_formed_but_altered_prepared_file_is_refused(cache: Path, bare: Path) -> None:
    import tensorflow as tf  # loaded already, to decode `cache`

    folder = prepare(bare, "tiny_shakespeare")
    path = str(folder / "tiny_shakespeare-test.tfrecord-00000-of-00001")
    (content,) = tf.data.TFRecordDataset(path).as_numpy_iterator()
    with tf.io.TFRecordWriter(path) as writer:
        writer.write(content.replace(b"thou", b"thee", 1))
    with pytest.raises(UserError, match=rf"{folder} cannot be used: sha256 of the decoded arrays"):
        datasets.load_text()


def test_without_data_and_network_digits_take_over_loudly(bare: Path) -> None:
    with pytest.warns(datasets.DatasetFallback, match=rf"mnist is in neither {bare}.*{MEND}.*no verdict"):
        assert datasets.load_images().name == "digits"
    assert datasets.image_data_name_and_hash() == ("digits", datasets.DIGITS_SHA256)
    for name, load in (("mnist", lambda: datasets.load_images(require="mnist")), ("tiny", datasets.load_text)):
        with pytest.raises(UserError, match=rf"{name}\w* is in neither .*{MEND}"):
            load()
    assert MEND in datasets.available()["mnist"]
    names = [line.split(" ")[0] for line in datasets.check()]
    assert names == ["digits:", "mnist:", "tiny_shakespeare:", "sentence_polarity:"]


def test_sentences_are_optional_and_their_absence_says_where_they_would_be(bare: Path) -> None:
    words = rf"sentence_polarity is optional and not in {bare / 'data' / 'sentence_polarity'}; set MR_DATA_DIR"
    assert words in datasets.available()["sentence_polarity"]
    with pytest.raises(UserError, match=words):
        datasets.load_sentences()


@pytest.mark.parametrize("place", ["MR_DATA_DIR", "TFDS_DATA_DIR"])
def test_sentences_are_cut_at_line_feeds_alone_and_refused_where_they_differ(
    place: str, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence may hold 0x85, an ellipsis in Windows-1252, and what ends a line elsewhere."""
    folder = bare / "named" if place == "MR_DATA_DIR" else bare / "data" / "sentence_polarity"
    folder.mkdir()
    if place == "MR_DATA_DIR":
        monkeypatch.setenv(place, str(folder))
    files = {"rt-polarity.pos": b"good \x85 film\x0b .\nvery good .\n", "rt-polarity.neg": b"bad .\n"}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with pytest.raises(
        UserError, match=rf"{folder} cannot be used: sha256 of the decoded arrays.*copy its files again"
    ):
        datasets.load_sentences()
    own = canonical.arrays_sha256(*(np.frombuffer(content, np.uint8) for content in files.values()))
    monkeypatch.setitem(datasets.SHA256, "sentence_polarity", own)
    found = datasets.load_sentences()
    assert found.positive == ("good \u2026 film\x0b .", "very good .")
    assert found.negative == ("bad .",)
    (folder / "rt-polarity.neg").unlink()
    with pytest.raises(UserError, match="is optional and not in"):
        datasets.load_sentences()


def test_published_sentences_are_whole_and_none_is_repeated() -> None:
    if not datasets.at_hand("sentence_polarity"):
        pytest.skip("sentence polarity is not at hand: set MR_DATA_DIR")
    found = datasets.load_sentences()
    assert len(found.positive) == len(found.negative) == len(set(found.positive)) == len(set(found.negative)) == 5331
    assert not set(found.positive) & set(found.negative)
    assert found.negative[0] == "simplistic , silly and tedious . "


def test_fetch_downloads_only_what_is_missing(cache: Path, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.Session.get", refuse)  # TFDS would try again for three minutes
    with pytest.raises(UserError, match=r"mnist could not be fetched .*, or copy mnist/3.0.1 into .* from elsewhere"):
        fetching.fetch()
    settle(monkeypatch, PREPARED, cache)
    asked: list[str] = []
    monkeypatch.setattr(fetching, "fetch_sentences", lambda: asked.append("sentences"))
    for there in (False, True):
        monkeypatch.setattr(datasets, "at_hand", lambda name, there=there: there)
        assert fetching.fetch() == PREPARED
    assert asked == ["sentences"]


def test_forced_data_set_is_digits_or_refused(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for forced in ("digits", "cifar"):
        monkeypatch.setenv("REPRO_DATASET", forced)
        with pytest.raises(UserError, match=rf"REPRO_DATASET is {forced}; unset it"):
            datasets.load_images(require="mnist")


def test_folders_that_cannot_be_used(cache: Path, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file := bare / "file").touch()
    prepare(bare, "tiny_shakespeare")
    monkeypatch.setenv("REPRO_CACHE", str(file))
    with pytest.raises(UserError, match=rf"{file}.*; make room, or set REPRO_CACHE"):
        datasets.load_text()
    monkeypatch.setenv("TFDS_DATA_DIR", str(file))
    with pytest.raises(UserError, match=rf"TFDS_DATA_DIR is {file}, which is not a folder; .* or unset it"):
        datasets.load_images()
    monkeypatch.delenv("REPRO_CACHE")
    monkeypatch.setenv("REPRO_HOME", str(bare / "home"))
    assert datasets.cache_dir() == bare / "home" / "data"
    monkeypatch.setenv("REPRO_HOME", str(file))
    assert datasets.cache_dir().name == "repro-data"


def test_cache_is_read_without_tensorflow(cache: Path, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_CACHE", str(cache))
    heavy = "{'tensorflow', 'tensorflow_datasets', 'sklearn'} & set(sys.modules)"
    script = f"import sys; from common.datasets import *; print(load_images().name, {heavy})"
    command = [sys.executable, "-W", "error", "-c", script]
    assert subprocess.check_output(command, cwd=Path(datasets.__file__).parent.parent) == b"mnist set()\n"
