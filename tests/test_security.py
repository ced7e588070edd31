"""Nothing that comes from outside is run, nothing is written where it was not asked for, and pages are inert."""

import ast
import io
import signal
import sys
import tarfile
import urllib.request
from email.message import Message
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_imports import PROJECT, files

from common import datasets, fetching
from common.canonical import arrays_sha256
from common.decoding import from_cache
from common.errors import UserError
from suite import cli, scaffolding

RUNS = {"eval", "exec", "compile", "__import__"}
UNSAFE = {
    *RUNS, "pickle.load", "pickle.loads", "pickle.dump", "pickle.dumps", "joblib.load", "joblib.dump", "torch.load",
    "yaml.load", "yaml.unsafe_load", "yaml.full_load", "marshal.loads", "shelve.open",
    "dill.loads", "cloudpickle.loads",
    "os.system", "os.popen", "keras.saving.load_model", "load_model", "load_weights", "extractall", "unpack_archive",
    "from_pretrained", "enable_unsafe_deserialization", "get_file", "read_webdataset",
}  # fmt: skip
"""Calls that run what they read, or write where an archive says."""
ALLOWED = {
    ("suite/interrupts.py", "exec"): "of an empty string, to take back a mark that an interrupt left",
    ("suite/provenance.py", "exec"): "an older claims.py out of the history of this repository, to hash its checks",
    ("suite/provenance.py", "compile"): "the same",
    ("suite/workers.py", "pickle.dumps"): "a driver and its own workers, over a pipe of theirs; never on a disk",
    ("suite/workers.py", "pickle.loads"): "the same",
}
"""Those that there are, and why they may."""


def called(node: ast.Call) -> str:
    return ast.unparse(node.func)


def calls(path: str) -> list[tuple[str, ast.Call]]:
    tree = ast.parse((PROJECT / path).read_text(encoding="utf-8"))
    return [(called(node), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


PRODUCT = [path for room in ("common", "suite", "reproductions", "benchmarks") for path in files(room)]


def unsafe(path: str) -> set[str]:
    found = set()
    for name, node in calls(path):
        words = {word.arg: word.value for word in node.keywords}
        last = name.rpartition(".")[2]
        if name in UNSAFE or (last in UNSAFE - RUNS and "." in name):
            found.add(name)
        for word in ("allow_pickle", "shell", "weights_only", "safe_mode"):
            said = words.get(word)
            good = word in ("weights_only", "safe_mode")
            if said is not None and not (isinstance(said, ast.Constant) and said.value is good):
                found.add(f"{name}({word}=)")
        if last == "load" and name.startswith(("np.", "numpy.")) and "allow_pickle" not in words:
            found.add(name)
    return found


def test_no_product_code_runs_what_it_reads_but_where_a_reason_stands() -> None:
    found = {(path, name) for path in PRODUCT for name in unsafe(path)}
    assert found == set(ALLOWED)


@pytest.mark.parametrize(
    "line",
    ["pickle.loads(b'')", "torch.load(f)", "np.load(f)", "np.load(f, allow_pickle=True)", "yaml.load(t)", "eval('1')",
     "keras.models.load_model(p)", "subprocess.run(w, shell=True)", "archive.extractall(p)", "joblib.dump(a, b)",
     "keras.utils.get_file(u)", "ray.data.read_webdataset(p)"],
)  # fmt: skip
def test_each_of_them_would_be_seen(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.py").write_text(line)
    monkeypatch.setattr(sys.modules[__name__], "PROJECT", tmp_path)
    assert unsafe("x.py")


def test_one_file_imports_a_pickler_and_opens_no_other() -> None:
    picklers = {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
    for path in PRODUCT:
        for node in ast.walk(ast.parse((PROJECT / path).read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found = picklers & {name.partition(".")[0] for name in names}
            assert found <= ({"pickle"} if path == "suite/workers.py" else set()), path
    assert not {name for name, _ in calls("suite/workers.py")} & {"open", "path.open", "write_bytes", "pickle.dump"}


def test_a_cache_with_objects_or_of_claimed_size_is_refused(tmp_path: Path) -> None:
    canary = tmp_path / "canary"

    class Hostile:
        def __reduce__(self) -> Any:
            return canary.write_text, ("made",)

    np.savez(tmp_path / "objects.npz", a=np.array([Hostile()], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        from_cache(tmp_path / "objects.npz")
    np.savez_compressed(tmp_path / "bomb.npz", a=np.zeros(10**7, np.uint8))
    with pytest.raises(ValueError, match="claims to hold more"):
        from_cache(tmp_path / "bomb.npz")
    assert not canary.exists()


# Downloads.

SIDES = {"rt-polarity.pos": b"good .\n", "rt-polarity.neg": b"bad .\n"}


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for entry, content in members:
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def member(
    name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.size = kind, link, len(content) if kind == tarfile.REGTYPE else 0
    return entry, content


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where sentences would be kept, which are at hand nowhere."""
    monkeypatch.setenv("MR_DATA_DIR", str(tmp_path / "here/films"))
    own = arrays_sha256(*(np.frombuffer(content, np.uint8) for content in SIDES.values()))
    monkeypatch.setattr(datasets, "POLARITY_SHA256", own)
    monkeypatch.setattr(fetching, "_reach", lambda address: None)
    return tmp_path


def answers(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(fetching, "_open", lambda address, timeout: io.BytesIO(content))


GOOD = [member(f"rt-polaritydata/{name}", content) for name, content in SIDES.items()]


def test_members_are_read_by_their_names_and_none_is_put_where_it_says(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = target / "elsewhere" / "canary"
    odd = [member("../../canary", b"x"), member(str(canary), b"x"), member("dev", kind=tarfile.CHRTYPE)]
    odd += [member("rt-polaritydata/link", kind=tarfile.SYMTYPE, link="/etc/passwd")]
    answers(monkeypatch, packed(*odd, *GOOD))
    fetching.fetch_sentences()
    assert {path.name for path in target.rglob("*") if path.is_file()} == set(SIDES)
    assert not canary.exists()


@pytest.mark.parametrize(
    "first",
    [
        member("x/rt-polarity.pos", kind=tarfile.SYMTYPE, link="/etc/passwd"),
        member("x/rt-polarity.pos", kind=tarfile.LNKTYPE, link="../../../etc/passwd"),
        member("x/rt-polarity.pos", kind=tarfile.FIFOTYPE),
        member("../rt-polarity.pos", b"other\n"),
        member("x/rt-polarity.pos", b"\0" * 30_000_000),
    ],
)
def test_a_member_that_is_no_plain_file_of_sane_size_is_refused_and_nothing_is_kept(
    first: Any, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, packed(first, GOOD[1]))
    with pytest.raises(UserError, match="sentence_polarity could not be fetched"):
        fetching.fetch_sentences()
    assert not [path for path in target.rglob("*") if path.is_file()]


def test_a_download_without_end_is_cut_off(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            assert size >= 0, "all of it at once would fill the memory"
            self.given += size
            return b"\0" * size

    endless = Endless()
    monkeypatch.setattr(fetching, "_open", lambda address, timeout: endless)
    with pytest.raises(UserError, match="larger than"):
        fetching.fetch_sentences()
    assert endless.given < 20_000_000


def test_every_address_is_https_and_no_redirect_leaves_it() -> None:
    assert all(address.startswith("https://") for address in (*fetching.FILES.values(), fetching.SENTENCES))
    request, headers = urllib.request.Request(fetching.SENTENCES), Message()
    follow = fetching.Https().redirect_request
    assert follow(request, io.BytesIO(), 302, "Found", headers, "https://example.org/x") is not None
    for other in ("http://www.cs.cornell.edu/x", "ftp://example.org/x", "file:///etc/passwd"):
        with pytest.raises(OSError, match="no https"):
            follow(request, io.BytesIO(), 302, "Found", headers, other)
    with pytest.raises(OSError, match="no https"):
        fetching._open("http://example.org", timeout=1.0)


# Names that are paths.

ESCAPES = ["../x", "..", "/etc/x", "a/../../x", "x\\..\\y", "~/x", ".", "a\nb", "ⅹ/../y", "con/..", "%2e%2e/x"]


@pytest.mark.parametrize("name", ESCAPES)
def test_a_name_that_is_a_path_is_refused_by_every_command(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def written(texts: Any) -> Any:
        raise AssertionError(f"it would write {list(texts)}")

    monkeypatch.setattr(scaffolding, "_write", written)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    words: tuple[tuple[str, ...], ...] = (
        ("new", "reproduction", name), ("new", "claim", f"parity/{name}"), ("new", "claim", f"{name}/new-id"),
        ("explain", name), ("cite", name), ("history", name), ("trials", name), ("lesson", name), ("list", name),
    )  # fmt: skip
    for line in words:
        assert cli.main(line) == 2, line
        assert capsys.readouterr().err.startswith("repro: ")
