"""The interpreter's JavaScript with its patches, joined with the morph, the bridge and the boot code."""

from __future__ import annotations

import subprocess
from pathlib import Path

from scripts.assets.failure import BuildError
from scripts.assets.node import node

PATCHES = (
    # our own instantiation: one compiled module for the interpreter and its section, and guarded imports
    ("let Module={locateFile:", "let Module={instantiateWasm:options.instantiateWasm,locateFile:"),
    # integers past 32 bit arrive as exact floats instead of wrapping
    ("if(Number.isInteger(js_obj))", "if((js_obj|0)===js_obj)"),
    # a look into the table of functions at every call that may raise, a tenth of all script, to check the copy of it
    ('assert(wasmTable.get(funcPtr)==func,"JavaScript-side Wasm function table mirror is out of date!"),', ""),
)
SCRIPTS = ("guard.js", "http.js", "events.js", "stream.js", "bridge.js", "boot.js")


def patched(text: str) -> str:
    """The interpreter's loader with every patch applied exactly once. Raises BuildError otherwise."""
    for old, new in PATCHES:
        if text.count(old) != 1:
            raise BuildError(f"{old!r} stands {text.count(old)} times in micropython.mjs: another version of it?")
        text = text.replace(old, new)
    return text


def joined(micropython: Path, idiomorph: Path, ours: Path) -> str:
    """The text of admin_ui.js."""
    parts = [
        patched((micropython / "micropython.mjs").read_text("utf-8")),
        (idiomorph / "dist" / "idiomorph.min.js").read_text("utf-8"),
        *((ours / "js" / name).read_text("utf-8") for name in SCRIPTS),
    ]
    return "\n".join(parts)


def small(text: str, uglify: Path) -> str:
    """A module without comments, spaces, the interpreter's checks of itself and long names; raises BuildError when it does not parse."""
    checks = ["--compress", "pure_funcs=[assert]", "--mangle", "reserved=[assert]"]
    command = [*node(), str(uglify / "bin" / "uglifyjs"), "--module", *checks]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout:
        raise BuildError(f"the page's JavaScript could not be made small: {done.stderr.strip()[-500:]}")
    return done.stdout
