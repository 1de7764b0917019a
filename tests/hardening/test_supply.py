"""Suite 11: what the browser gets, what the wheel contains and depends on, and what is known of it."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cyclonedx.schema
import jsonschema_rs
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app, manifest, serve
from graphile_worker.admin.server.page import assets
from scripts.assets import packages
from scripts.assets.failure import BuildError
from scripts.assets.make import NAMES
from scripts.supply import advisories, audit, sbom
from scripts.supply.locks import REQUIREMENTS, ROOT, normal, pinned, required, unlocked

SOURCE = Path(manifest.__file__).parents[2]  # of the package that is tested
BUILT = ROOT / "src/graphile_worker/admin/assets"
FILES = sorted(path.name for path in BUILT.iterdir() if path.name != manifest.NAME)
Record = Callable[[str, object], None]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A copy of the built assets."""
    return Path(shutil.copytree(BUILT, tmp_path / "assets"))


def flip(path: Path) -> None:
    """Changes one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


# ── the manifest ──


def test_the_manifest_has_the_hash_of_every_file_that_the_browser_gets(record_property: Record) -> None:
    expected = {name + suffix for name in NAMES for suffix in ("", ".gz", ".br")}
    hashes = json.loads((BUILT / manifest.NAME).read_text("utf-8"))["sha256"]
    assert hashes.keys() == expected == set(FILES)
    assert hashes == {name: hashlib.sha256((BUILT / name).read_bytes()).hexdigest() for name in FILES}
    for name, _ in assets.ASSETS.values():
        assert assets.load(name).encodings["identity"] == (BUILT / name).read_bytes()
    record_property("figures", f"assets {len(hashes)}, hashes equal")


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_a_missing_and_an_emptied_asset_are_noticed(built: Path, name: str) -> None:
    assert manifest.read(built).keys() == set(FILES)
    flip(built / name)
    with pytest.raises(manifest.AssetsChanged, match=f"asset {re.escape(name)} is not the one that was built"):
        manifest.read(built)
    (built / name).write_bytes(b"")
    with pytest.raises(manifest.AssetsChanged, match=f"asset {re.escape(name)} is not the one that was built"):
        manifest.read(built)
    (built / name).unlink()
    with pytest.raises(manifest.AssetsChanged, match=f"asset {re.escape(name)} is missing"):
        manifest.read(built)


def test_a_file_that_was_not_built_and_a_manifest_that_is_none_are_noticed(built: Path) -> None:
    (built / "more.js").write_text("1")
    with pytest.raises(manifest.AssetsChanged, match=r"more\.js is not in manifest\.json"):
        manifest.read(built)
    (built / "more.js").unlink()
    for text in ("", "{", "[]", "{}", '{"sha256": []}', '{"sha256": {}}', "\xff"):
        (built / manifest.NAME).write_text(text, "latin-1")
        with pytest.raises(manifest.AssetsChanged, match="cannot be read"):
            manifest.read(built)
    (built / manifest.NAME).write_text('{"sha256": {"../../../etc/hostname": "0"}}')
    with pytest.raises(manifest.AssetsChanged):
        manifest.read(built)
    (built / manifest.NAME).unlink()
    with pytest.raises(manifest.AssetsChanged, match=r"no manifest\.json"):
        manifest.read(built)


@pytest.mark.parametrize("damage", ["flipped", "missing", "unlisted"])
def test_the_admin_does_not_start_with_a_changed_asset(dsn: str, tmp_path: Path, damage: str) -> None:
    shutil.copytree(SOURCE, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    place = tmp_path / "src/graphile_worker/admin/assets"
    if damage == "flipped":
        flip(place / "admin_ui_bg.wasm.br")
    elif damage == "missing":
        (place / "admin_ui_bg.wasm.br").unlink()
    else:
        (place / "more.js").touch()
    done = subprocess.run(
        [sys.executable, "-m", "graphile_worker", "admin", "--listen", "127.0.0.1:0", "--auth", "none"],
        env={"PYTHONPATH": str(tmp_path / "src"), "DATABASE_URL": dsn, "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    (sentence,) = done.stderr.splitlines()
    assert re.match(r"Error: The page's asset (admin_ui_bg\.wasm\.br|more\.js) is .*: nothing is served\. ", sentence)


@pytest.fixture
def changed(built: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is another installation, one of whose assets was changed."""
    flip(built / "admin.js")
    monkeypatch.setattr(manifest, "folder", lambda: built)
    assets.loaded.cache_clear()
    yield
    assets.loaded.cache_clear()


@pytest.mark.usefixtures("changed")
async def test_nothing_listens_when_an_asset_was_changed(utils: WorkerUtils) -> None:
    config = AdminServerConfig(utils.database.pool, utils, listen_addr="127.0.0.1:0", auth=AdminAuthConfig.none())
    addresses: list[str] = []
    with pytest.raises(manifest.AssetsChanged):
        async with asyncio.timeout(10):
            await serve(config, on_ready=addresses.append)
    assert addresses == []


@pytest.mark.usefixtures("changed")
async def test_no_application_is_made_for_another_one_when_an_asset_was_changed(utils: WorkerUtils) -> None:
    with pytest.raises(manifest.AssetsChanged):
        create_app(AdminServerConfig(utils.database.pool, utils, auth=AdminAuthConfig.none()))


# ── the bill of materials ──


def installed(names: set[str]) -> set[str]:
    """The distributions that these need, as pip sees it: read from their own metadata and not from the lock."""
    found: set[str] = set()
    while names := names - found:
        found |= names
        asks = [line for name in names for line in importlib.metadata.requires(name) or ()]
        names = {normal(re.split(r"[^\w.-]", line)[0]) for line in asks if _wanted(line)}
    return found


def _wanted(line: str) -> bool:
    """Without extras; for the Python and the system of this machine."""
    from packaging.requirements import Requirement

    marker = Requirement(line).marker
    return marker is None or marker.evaluate({"extra": ""})


def test_the_sbom_is_cyclonedx() -> None:
    folder = Path(cyclonedx.schema.__file__).parent / "_res"
    schema = json.loads((folder / "bom-1.6.SNAPSHOT.schema.json").read_text("utf-8"))
    registry = jsonschema_rs.Registry(
        [
            (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text("utf-8")))
            for name in ("spdx", "jsf-0.82")
        ]
    )  # fmt: skip
    validator = jsonschema_rs.validator_for(schema, registry=registry)
    bill = json.loads(sbom.text())
    assert [error.message for error in validator.iter_errors(bill)] == []
    assert not validator.is_valid(bill | {"components": [{"name": "x"}]})
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")


def test_the_sbom_is_what_the_lock_files_have(record_property: Record) -> None:
    bill: dict[str, Any] = json.loads(sbom.text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["embedded"]]
    python = {one["name"]: one for one in bill["components"] if one.get("purl", "").startswith("pkg:pypi/")}
    assert python.keys() == installed({normal(re.split(r"[^\w.-]", line)[0]) for line in lines})
    lock = pinned(REQUIREMENTS / "run.txt")
    for name, one in python.items():
        hashes = {each["value"] for each in one["properties"] if each["name"] == "graphile-worker:sha256"}
        assert (one["version"], hashes) == (lock[name].version, set(lock[name].hashes)), name
        assert one["purl"] == f"pkg:pypi/{name}@{lock[name].version}"
    assert {one["name"] for one in python.values() if one["scope"] == "optional"} == (
        python.keys() - installed({normal(re.split(r"[^\w.-]", line)[0]) for line in project["dependencies"]})
    )
    npm = {one["purl"]: one for one in bill["components"] if one.get("purl", "").startswith("pkg:npm/")}
    locked = {name: value for name, value in packages.locked().items() if name not in sbom.TOOLS}
    assert npm.keys() == {f"pkg:npm/{name.replace('@', '%40')}@{version}" for name, (version, _) in locked.items()}
    for name, (version, digest) in locked.items():
        one = npm[f"pkg:npm/{name.replace('@', '%40')}@{version}"]
        assert one["hashes"] == [{"alg": "SHA-256", "content": digest}]
        assert one["licenses"][0]["license"]["id"] in ("MIT", "0BSD", "ISC")
    files = {one["name"]: one["hashes"][0]["content"] for one in bill["components"] if one["type"] == "file"}
    hashes = json.loads((BUILT / manifest.NAME).read_text("utf-8"))["sha256"]
    assert files == {f"graphile_worker/admin/assets/{name}": digest for name, digest in hashes.items()}
    assert len(python) + len(npm) + len(files) == len(bill["components"])
    record_property("figures", f"SBOM = lock: {len(python)} Python, {len(npm)} npm, {len(files)} files")


def test_the_sbom_is_the_same_every_time_and_names_no_time_and_no_machine() -> None:
    text = sbom.text()
    assert text == sbom.text()
    assert "timestamp" not in text and str(ROOT) not in text
    assert not re.search(r"\b20\d\d-\d\d-\d\d[T ]", text)


def test_every_dependency_of_the_sbom_is_one_of_its_components() -> None:
    bill = json.loads(sbom.text())
    known = {one["bom-ref"] for one in (*bill["components"], bill["metadata"]["component"])}
    graph = {one["ref"]: set(one.get("dependsOn", ())) for one in bill["dependencies"]}
    assert graph.keys() | set().union(*graph.values()) <= known
    reached, new = set[str](), {bill["metadata"]["component"]["bom-ref"]}
    while new:
        reached |= new
        new = set().union(*(graph.get(one, set()) for one in new)) - reached
    assert {one for one in known if not one.startswith("file:")} == reached


# ── the locks ──


def test_every_requirement_is_one_version_with_hashes_and_in_equals_txt(tmp_path: Path) -> None:
    assert unlocked() == []
    for path in REQUIREMENTS.iterdir():
        assert not re.search(r"://|--index|--find-links|--extra", path.read_text("utf-8")), path.name
    folder = Path(shutil.copytree(REQUIREMENTS, tmp_path / "requirements"))
    with (folder / "api.in").open("a") as file:
        file.write("left-pad\n")
    assert unlocked(folder) == ["api.txt lacks left-pad, which api.in asks for"]
    (folder / "api.in").write_text("schemathesis\n")
    with (folder / "api.txt").open("a") as file:
        file.write(f"left-pad==1.0 \\\n    --hash=sha256:{'0' * 64}\n    # via nobody\n")
    assert unlocked(folder) == ["api.txt has left-pad, which nothing asks for"]
    for line in ("left-pad>=1.0", "left-pad==1.0", "left-pad @ file:///x", "-e ."):
        (folder / "api.txt").write_text(line + "\n")
        assert [fault for fault in unlocked(folder) if "is not one version with SHA-256 hashes" in fault], line
    (folder / "api.txt").unlink()
    assert unlocked(folder) == ["api.in has no api.txt: run scripts/lock"]


def test_the_project_asks_for_what_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {normal(re.split(r"[^\w.-]", line)[0]) for line in project["dependencies"]}
    assert names <= required(REQUIREMENTS / "run.in")


# ── advisories ──


def planted(path: Path, ecosystem: str, name: str, events: list[dict[str, str]], **more: Any) -> Path:
    """A stored list with one advisory."""
    entry = {"package": {"ecosystem": ecosystem, "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    advisory = {"id": "TEST-1", "summary": "planted", "affected": [entry | more]}
    path.write_text(json.dumps({"date": "2026-01-02", "advisories": [advisory]}), "utf-8")
    return path


def test_the_stored_list_names_nothing_that_is_locked(record_property: Record) -> None:
    found, list_ = audit.known(advisories.FILE)
    assert found == []
    assert len(list_.advisories) >= 10
    assert list_.age(list_.date + datetime.timedelta(3)) == 3
    record_property("figures", f"stored advisories {len(list_.advisories)} of {list_.date}, 0 about what is locked")


@pytest.mark.parametrize("ecosystem,name", [("PyPI", "Prometheus_Client"), ("npm", "idiomorph"), ("npm", "axe-core")])
def test_a_planted_advisory_is_found(tmp_path: Path, ecosystem: str, name: str) -> None:
    path = tmp_path / "list.json"
    found, _ = audit.known(planted(path, ecosystem, name, [{"introduced": "0"}]))
    assert len(found) == 1 and "TEST-1 planted" in found[0]
    assert audit.known(planted(path, ecosystem, name, [{"introduced": "0"}, {"fixed": "0.1"}]))[0] == []
    assert audit.known(planted(path, ecosystem, name, [{"introduced": "0"}, {"last_affected": "999"}]))[0] == found
    assert audit.known(planted(path, "RubyGems", name, [{"introduced": "0"}]))[0] == []


@pytest.mark.parametrize(
    "version,events,hit",
    [
        ("1.10.0", [{"introduced": "0"}, {"fixed": "1.9.0"}], False),
        ("1.9.0", [{"introduced": "0"}, {"fixed": "1.10.0"}], True),
        ("2.1", [{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "2.0"}, {"fixed": "2.2"}], True),
        ("1.5", [{"introduced": "2.0"}, {"fixed": "2.2"}, {"introduced": "0"}, {"fixed": "1.0"}], False),
        ("3.0", [{"introduced": "1.0"}, {"last_affected": "3.0"}], True),
        ("odd version", [{"introduced": "1.0"}], True),
    ],
)
def test_ranges_are_evaluated_as_osv_says(version: str, events: list[dict[str, str]], hit: bool) -> None:
    assert advisories.affects({"ranges": [{"type": "ECOSYSTEM", "events": events}]}, version) is hit
    assert advisories.affects({"versions": [version]}, version)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"date": "x", "advisories": []}', '{"date": "2026-01-01", "advisories": [{}]}', '{"date": "2026-01-01", "advisories": {"a": 1}}'])  # fmt: skip
def test_a_stored_list_that_is_none_is_a_sentence_and_not_a_pass(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.json").write_text(text)
    with pytest.raises(BuildError, match=r"list\.json is not a list of advisories"):
        advisories.stored(tmp_path / "list.json")
    assert audit.main(["--offline", "--advisories", str(tmp_path / "list.json")]) == 2
    assert "is not a list of advisories" in capsys.readouterr().err


@pytest.fixture
def tools(tmp_path: Path) -> Callable[[str], Path]:
    """A folder with a bandit that finds nothing and a pip-audit that prints the given text."""

    def make(printed: str) -> Path:
        folder = tmp_path / "tools"
        folder.mkdir()
        for name, text in {"bandit": '{"errors": [], "metrics": {"_totals": {"loc": 1}}, "results": []}', "pip-audit": printed}.items():  # fmt: skip
            (folder / name).write_text(f"#!{sys.executable}\nprint({text!r})\nraise SystemExit({int(not text)})\n")
            (folder / name).chmod(0o755)
        return folder

    return make


def test_the_audit_says_which_list_it_consulted_and_how_old_it_is(
    tmp_path: Path, tools: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = planted(tmp_path / "list.json", "PyPI", "starlette", [{"introduced": "0"}])
    assert audit.main(["--advisories", str(path), "--tools", str(tools(""))]) == 1
    told = capsys.readouterr().out
    assert "consulted only the stored list of 2026-01-02 (1 advisories, " in told and "days old)" in told
    assert "the advisory service could not be reached; newer advisories are not known here" in told
    assert "older than 90 days" in told
    assert re.search(r"starlette [\d.]+: TEST-1 planted", told)


def test_the_audit_takes_the_answer_of_the_service_and_the_stored_list(
    tmp_path: Path, tools: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = planted(tmp_path / "list.json", "PyPI", "starlette", [{"introduced": "0"}, {"fixed": "0.1"}])
    hit = {"name": "click", "version": "8.5.1", "vulns": [{"id": "TEST-2"}]}
    folder = tools(json.dumps({"dependencies": [hit, {"name": "rich", "version": "1", "vulns": []}]}))
    assert audit.main(["--advisories", str(path), "--tools", str(folder)]) == 1
    told = capsys.readouterr().out
    assert "consulted the advisory service and the stored list of 2026-01-02" in told
    assert "audit: click 8.5.1: TEST-2" in told and "audit: 1 found" in told
