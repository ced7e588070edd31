"""An RO-Crate holds every file of the record, is read back by its library, and names what it conforms to."""

import json
import zipfile
from importlib.resources import files

import pytest
from made_up import check, claim, described, provenance, publish, trained, write
from rocrate.rocrate import ROCrate

from common.errors import UserError
from suite import evidence, registry
from suite.citing import crate

WANTED = claim(check("one"))
NAMES = ["<script>.csv", 'a "b" & c.md', "=1+1.json", "100%.svg", "a b;c.txt", "é√中.csv"]


@pytest.fixture
def written(monkeypatch, tmp_path):
    """The crate of a record whose files have these names, as a zip."""
    root = tmp_path / "project"
    folder = publish(monkeypatch, root / "results", WANTED)
    monkeypatch.setattr(registry, "ROOT", root)
    monkeypatch.setattr(registry, "FOLDER", root / "reproductions")
    (root / "reproductions/made_up/studies").mkdir(parents=True)
    for file in ("claims.py", "studies/s.py", "test_s.py"):
        (root / "reproductions/made_up" / file).write_text("pass\n")
    write(folder / "verdicts.json", {"made-up": described(WANTED, a="y" * 12)})
    made = {"s": provenance(WANTED, date="2026-11-28", cpu="<b>a CPU</b>")["s"].model_dump()}
    (folder / "provenance.json").write_text(json.dumps(made), encoding="utf-8")
    evidence.write_trials(folder / "trials.csv", trained(a="y" * 12))
    for name in NAMES:
        (folder / name).write_text(name, encoding="utf-8")
    (folder / ".hidden.tmp").write_text("half a file")
    path = tmp_path / "new/evidence.zip"
    assert crate.write(path) == len(list(crate.files())) == 11
    return path


def test_the_crate_is_read_back_and_holds_each_file_as_it_is(written, tmp_path):
    found = ROCrate(written)
    names = {entity.id for entity in found.get_entities() if entity.type == "File"}
    held = dict(crate.files())
    assert len(names) == len(held)
    assert not any("hidden" in name or "test_s" in name for name in names)
    with zipfile.ZipFile(written) as archive:
        assert set(archive.namelist()) == {*held, "ro-crate-metadata.json"}
        for place, path in held.items():
            assert archive.read(place) == path.read_bytes()
        sizes = {path.stat().st_size for path in held.values()}
        graph = json.loads(archive.read("ro-crate-metadata.json"))["@graph"]
    assert {int(node["contentSize"]) for node in graph if node["@type"] == "File"} == sizes
    assert {node["name"] for node in graph if node["@type"] == "File"} == set(held)


def test_the_profile_is_the_one_that_is_meant_and_its_terms_ship_with_the_library(written):
    with zipfile.ZipFile(written) as archive:
        metadata = json.loads(archive.read("ro-crate-metadata.json"))
    assert metadata["@context"] == "https://w3id.org/ro/crate/1.3/context"
    (descriptor,) = [node for node in metadata["@graph"] if node["@id"] == "ro-crate-metadata.json"]
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.3"}
    known = json.loads((files("rocrate") / "data/ro-crate.jsonld").read_text(encoding="utf-8"))["@context"]
    assert {name for node in metadata["@graph"] for name in node if not name.startswith("@")} <= set(known)


def test_each_run_names_what_it_read_and_what_came_of_it(written):
    (run,) = [entity for entity in ROCrate(written).get_entities() if entity.type == "CreateAction"]
    assert run["name"] == f"Full run of made_up/s at commit {'c' * 40}"
    assert run["endTime"] == "2026-11-28"
    assert run["instrument"].id == "reproductions/made_up/studies/s.py"
    assert run["object"].id == "reproductions/made_up/claims.py"
    assert run["result"].id == "results/made_up/trials.csv"


def test_a_run_of_a_study_that_is_gone_stays(monkeypatch, written, tmp_path):
    (registry.FOLDER / "made_up/studies/s.py").unlink()
    crate.write(tmp_path / "again.zip")
    (run,) = [entity for entity in ROCrate(tmp_path / "again.zip").get_entities() if entity.type == "CreateAction"]
    assert run.get("instrument") is None
    assert run["result"].id == "results/made_up/trials.csv"


def test_a_name_that_is_no_zip_and_a_folder_that_is_a_file_are_mistakes(written, tmp_path):
    with pytest.raises(UserError, match=r"--rocrate .*evidence\.tar is not the name of a zip file"):
        crate.write(tmp_path / "evidence.tar")
    with pytest.raises(UserError, match="cannot write"):
        crate.write(written / "inside.zip")
