"""The snapshot of the interpreter's memory is the same in each build, and the page refuses a damaged or a foreign one."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from scripts.assets import halves, section, snapshot
from scripts.assets.failure import BuildError
from scripts.assets.node import node
from scripts.assets.packages import package

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "src/graphile_worker/admin/assets"
SCRIPT = (ASSETS / "admin_ui.js").read_text("utf-8")
BRIDGE = (ROOT / snapshot.BRIDGE).read_text("utf-8")
MAIN = "graphile_worker.admin.client.main"
# Starts a module, gives Python the functions of `bridge`, and runs a line of Python.
START = """
import { readFileSync } from "node:fs";
globalThis.navigator ??= { userAgent: "" };
const { interpreter } = await import("./admin_ui.mjs");
try {
  const { python, connect } = await interpreter(new WebAssembly.Module(readFileSync("a.wasm")), "a.wasm", console.log);
  connect({ now_ms: () => 1234.5, url: () => "?state=failed" });
  python.runPython(process.argv[2]);
} catch (error) {
  console.error(error.message);
}
"""


@pytest.fixture(scope="module")
def wasm() -> bytes:
    folder = package("@micropython/micropython-webassembly-pyscript", ROOT / ".build")
    return (folder / "micropython.wasm").read_bytes()


@pytest.fixture(scope="module")
def modules() -> bytes:
    """The packed modules of the first file."""
    first, _ = halves.halves(section.modules(ROOT / "src"))
    return section.packed(section.compiled(first))


@pytest.fixture(scope="module")
def taken(wasm: bytes, modules: bytes) -> bytes:
    return snapshot.taken(SCRIPT, wasm, modules, BRIDGE)


def started(folder: Path, wasm: bytes, body: bytes, line: str) -> subprocess.CompletedProcess[str]:
    """Runs a line of Python in an interpreter with this snapshot."""
    (folder / "admin_ui.mjs").write_text(SCRIPT, "utf-8")
    (folder / "start.mjs").write_text(START, "utf-8")
    (folder / "a.wasm").write_bytes(snapshot.with_section(wasm, snapshot.SECTION, body))
    return subprocess.run([*node(), "start.mjs", line], cwd=folder, capture_output=True, text=True, check=False)


def summed(body: bytes) -> bytes:
    """The snapshot with a checksum that fits."""
    value = 0x811C9DC5
    for (word,) in struct.iter_unpack("<I", body[4:]):
        value = (value ^ word) * 0x01000193 & 0xFFFFFFFF
    return struct.pack("<I", value) + body[4:]


def test_is_the_same_each_time_and_the_one_of_the_assets(wasm: bytes, modules: bytes, taken: bytes) -> None:
    assert snapshot.taken(SCRIPT, wasm, modules, BRIDGE) == taken
    assert (ASSETS / "admin_ui_bg.wasm").read_bytes() == snapshot.with_section(wasm, snapshot.SECTION, taken)
    assert summed(taken) == taken


def test_has_the_modules_imported_and_calls_the_functions_of_the_page(
    tmp_path: Path, wasm: bytes, taken: bytes
) -> None:
    line = f"import sys; print('{MAIN}' in sys.modules); from {MAIN} import dom; print(dom.now_ms(), dom.url())"
    done = started(tmp_path, wasm, taken, line)
    assert done.stdout.split("\n") == ["True", "1234.5 ?state=failed", ""], done.stderr


def test_collects_garbage_and_grows_as_after_the_imports(tmp_path: Path, wasm: bytes, taken: bytes) -> None:
    line = "a = [str(n) for n in range(400000)]; import gc; gc.collect(); print(len(a), a[399999], hash('x') == hash('X'.lower()))"
    done = started(tmp_path, wasm, taken, line)
    assert done.stdout == "400000 399999 True\n", done.stderr


def test_a_flipped_byte_is_an_error(tmp_path: Path, wasm: bytes, taken: bytes) -> None:
    for place in (4, len(taken) // 2, len(taken) - 1):
        damaged = bytearray(taken)
        damaged[place] ^= 1
        done = started(tmp_path, wasm, bytes(damaged), "print('started')")
        assert "the snapshot is damaged" in done.stderr and "started" not in done.stdout


def test_one_that_is_cut_off_is_an_error(tmp_path: Path, wasm: bytes, taken: bytes) -> None:
    assert "the snapshot is damaged" in started(tmp_path, wasm, taken[:-64], "print(1)").stderr
    assert "the snapshot is incomplete" in started(tmp_path, wasm, taken[:-1], "print(1)").stderr
    assert "the snapshot is incomplete" in started(tmp_path, wasm, b"", "print(1)").stderr


def test_one_of_another_interpreter_is_an_error(tmp_path: Path, wasm: bytes, taken: bytes) -> None:
    foreign = bytearray(taken)
    foreign[8] ^= 1  # of the checksum of the fresh memory
    done = started(tmp_path, wasm, summed(bytes(foreign)), "print('started')")
    assert "the snapshot is of another interpreter" in done.stderr and "started" not in done.stdout


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("import bridge\nbridge.url()\n", "calls url of `bridge` while it is imported"),
        ("import bridge\nbridge.on_timer(lambda name: 1)\n", "calls on_timer of `bridge`"),
        ("print('hello')\n", "prints while it is imported: hello"),
        ("1 / 0\n", "ZeroDivisionError"),
    ],
)
def test_a_module_does_nothing_with_the_page_while_it_is_imported(wasm: bytes, text: str, error: str) -> None:
    with pytest.raises(BuildError, match=error):
        snapshot.taken(SCRIPT, wasm, section.packed({"one.py": text.encode()}), BRIDGE)
