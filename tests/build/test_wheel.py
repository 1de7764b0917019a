"""The wheel stands alone: every asset in it, served from a clean environment without Node and without the source."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from graphile_worker.admin import manifest
from scripts.assets.make import NAMES
from scripts.supply import sbom

ROOT = Path(__file__).resolve().parents[2]
ASSETS = "graphile_worker/admin/assets"
SERVED = {
    "/assets/admin.css": "admin.css",
    "/assets/admin.js": "admin.js",
    "/assets/admin_ui.js": "admin_ui.js",
    "/assets/admin_ui_bg.wasm": "admin_ui_bg.wasm",
    "/favicon.ico": "favicon.svg",
}


def run(*command: str | Path, cwd: Path) -> None:
    """Runs; a failure shows what it said."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    sbom.write()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    return next(folder.glob("graphile_worker-*.whl"))


@pytest.fixture(scope="session")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`graphile-worker` of a clean environment that got the wheel and what the wheel asks for, at our versions."""
    folder = tmp_path_factory.mktemp("clean")
    pins = re.findall(r"^([a-z0-9_.-]+==\S+)", (ROOT / "requirements/run.txt").read_text("utf-8"), re.MULTILINE)
    (folder / "pins.txt").write_text("\n".join(pins), "utf-8")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    run(folder / "venv/bin/python", "-m", "pip", "install", "-q", "-c", "pins.txt", wheel, cwd=folder)
    return folder / "venv/bin/graphile-worker"


@pytest.fixture
def served(program: Path, dsn: str, tmp_path: Path) -> Iterator[str]:
    """The address of the admin, started away from the source with nothing but the environment on its PATH."""
    environment = {"PATH": str(program.parent), "LANG": "C.UTF-8", "DATABASE_URL": dsn}
    process = subprocess.Popen(
        [program, "admin", "--listen", "127.0.0.1:0", "--auth", "none"],
        env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline().rpartition(" ")[2].strip().rstrip("/")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def test_the_wheel_holds_the_source_every_asset_the_manifest_and_the_bill_of_materials_and_nothing_else(
    wheel: Path,
) -> None:
    archive = zipfile.ZipFile(wheel)
    source = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src/graphile_worker").rglob("*")
        if path.is_file() and not {"__pycache__", "assets"} & set(path.parts)
    }
    assets = {f"{ASSETS}/{name}{suffix}" for name in NAMES for suffix in ("", ".gz", ".br")}
    info = wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"
    about = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE", "sboms/graphile-worker.cdx.json"}
    expected = source | assets | {f"{ASSETS}/{manifest.NAME}"} | {f"{info}/{name}" for name in about}
    assert sorted(archive.namelist()) == sorted(expected)
    hashes = json.loads(archive.read(f"{ASSETS}/{manifest.NAME}"))["sha256"]
    assert hashes == {
        name.rpartition("/")[2]: hashlib.sha256(archive.read(name)).hexdigest() for name in sorted(assets)
    }
    assert archive.read(f"{info}/sboms/graphile-worker.cdx.json").decode() == sbom.text()


def test_no_wheel_is_built_around_an_asset_that_changed(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "scripts", "src", ".build/graphile-worker.cdx.json"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tree / name)
    with (tree / "src" / ASSETS / "admin_ui_bg.wasm").open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)
        file.seek(1000)
        file.write(bytes([byte[0] ^ 1]))
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "admin_ui_bg.wasm is not the one that was built" in done.stdout + done.stderr
    assert not list((tmp_path / "dist").glob("*.whl"))


def test_the_admin_is_served_from_the_wheel(wheel: Path, served: str) -> None:
    archive = zipfile.ZipFile(wheel)
    page = httpx.get(f"{served}/")
    assert page.status_code == 200
    assert 'src="assets/admin.js?v=' in page.text
    for path, name in SERVED.items():
        for encoding, suffix in (("identity", ""), ("gzip", ".gz"), ("br", ".br")):
            with httpx.stream("GET", served + path, headers={"accept-encoding": encoding}) as answer:
                assert (answer.status_code, b"".join(answer.iter_raw())) == (
                    200,
                    archive.read(f"{ASSETS}/{name}{suffix}"),
                )
    assert httpx.get(f"{served}/api/overview").json()["stats"]["total"] == 0
