"""The page's JavaScript: the interpreter with its patches, the morph library and our modules in one minified bundle."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from scripts.assets.failure import BuildError
from scripts.assets.node import node

PATCHES = (
    # our own instantiation: one compiled module for the interpreter and its section, and guarded imports
    ("let Module={locateFile:", "let Module={instantiateWasm:options.instantiateWasm,locateFile:"),
    # a snapshot of the memory instead of the start; an object of the attributes of __main__ would not be in it
    (
        'return Module.ccall("mp_js_init","null",["number","number"],[pystack,heapsize]),'
        'Module.ccall("proxy_c_init","null",[],[]),{',
        'options.restored()||(Module.ccall("mp_js_init","null",["number","number"],[pystack,heapsize]),'
        'Module.ccall("proxy_c_init","null",[],[]));return{',
    ),
    ('globals:{__dict__:pyimport("__main__").__dict__,', "globals:{__dict__:{},"),
    # integers past 32 bit arrive as exact floats instead of wrapping
    ("if(Number.isInteger(js_obj))", "if((js_obj|0)===js_obj)"),
    # getters of names that only other programs use
    (".forEach(unexportedRuntimeSymbol)", ""),
    # compares the function table with its copy at every call that may raise: a tenth of all script time
    ('assert(wasmTable.get(funcPtr)==func,"JavaScript-side Wasm function table mirror is out of date!"),', ""),
)
# functions of the interpreter's loader that only check how it is used; uglify-js drops calls without effect
CHECKS = "assert,consumedModuleProp"
CONFIG = Path(__file__).with_name("rollup.config.mjs")


def patched(text: str) -> str:
    """The interpreter's loader with every patch applied exactly once. Raises BuildError otherwise."""
    for old, new in PATCHES:
        if text.count(old) != 1:
            raise BuildError(f"{old!r} stands {text.count(old)} times in micropython.mjs: another version of it?")
        text = text.replace(old, new)
    return text


def bundled(micropython: Path, idiomorph: Path, client: Path, rollup: Path) -> str:
    """The modules of client/js and the packages that they import as one module; raises BuildError."""
    with tempfile.TemporaryDirectory() as folder:
        loader = Path(folder, "micropython.mjs")
        loader.write_text(patched((micropython / "micropython.mjs").read_text("utf-8")), "utf-8")
        packages = {"micropython": str(loader), "idiomorph": str(idiomorph / "dist" / "idiomorph.esm.js")}
        arguments = ["--configInput", str(client / "js" / "boot.js"), "--configPackages", json.dumps(packages)]
        program = [str(rollup / "dist" / "bin" / "rollup"), "--silent", "--failAfterWarnings"]
        return _run([*program, "--config", str(CONFIG), *arguments], "", "bundled")


def small(text: str, uglify: Path) -> str:
    """The module without comments, spaces, CHECKS and long names; raises BuildError when it does not parse."""
    compress = ["--compress", f"pure_funcs=[{CHECKS}],passes=3,keep_fargs=false"]
    mangle = ["--mangle", f"reserved=[{CHECKS}]"]
    return _run([str(uglify / "bin" / "uglifyjs"), "--module", *compress, *mangle], text, "minified")


def _run(program: list[str], text: str, done: str) -> str:
    result = subprocess.run([*node(), *program], input=text, capture_output=True, text=True, check=False)
    if result.returncode or not result.stdout:
        raise BuildError(f"the page's JavaScript could not be {done}: {result.stderr.strip()[-500:]}")
    return result.stdout
