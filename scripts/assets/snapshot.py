"""The snapshot of the interpreter's memory after the imports of the first file, as a section of the WebAssembly file."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from scripts.assets.failure import BuildError
from scripts.assets.node import node

SECTION = "python-snapshot"
PROGRAM = Path(__file__).with_name("snapshot.mjs")
BRIDGE = "typings/bridge.pyi"
_FUNCTION = re.compile(r"^def (\w+)", re.MULTILINE)


def taken(script: str, wasm: bytes, modules: bytes, bridge: str) -> bytes:
    """The snapshot of an interpreter that has imported the packed modules, in their order; raises BuildError.

    `script` is the page's JavaScript, `bridge` the description of the module `bridge`.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        target = folder / "snapshot"
        given = {"admin_ui.mjs": script.encode(), "interpreter.wasm": wasm, "modules.bin": modules}
        for path, data in given.items():
            (folder / path).write_bytes(data)
        command = [*node(), str(PROGRAM), *(str(folder / path) for path in given), str(target)]
        functions = "\n".join(_FUNCTION.findall(bridge))
        done = subprocess.run(command, input=functions, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"there is no snapshot of the interpreter: {done.stderr.strip()[-500:]}")
        return target.read_bytes()


def with_section(wasm: bytes, name: str, body: bytes) -> bytes:
    """The module with a custom section appended."""
    content = leb128(len(name)) + name.encode() + body
    return wasm + b"\0" + leb128(len(content)) + content


def leb128(number: int) -> bytes:
    """An unsigned number as WebAssembly writes it."""
    out = bytearray()
    while True:
        number, low = number >> 7, number & 127
        out.append(low | (128 if number else 0))
        if not number:
            return bytes(out)
