"""Builds all assets from their sources. Nothing is written if one of them fails."""

from __future__ import annotations

import gzip
import hashlib
from functools import partial
from pathlib import Path

import brotli

from graphile_worker.admin import manifest
from scripts.assets import halves, icons, interpreter, section, snapshot, styles
from scripts.assets.packages import LOCK, locked, package

BLOCK_BITS = (16, 0)  # of Brotli blocks, the smaller result is taken; 0 lets the compressor choose
COMPRESSED = (".js", ".wasm", ".bin", ".css", ".svg")
NAMES = (
    "admin.css", "admin.js", "admin_ui.js", "admin_ui_bg.wasm", "admin_ui_more.bin", "favicon.svg", "icons.svg",
)  # fmt: skip


def assets(root: Path, cache: Path) -> dict[str, bytes]:
    """Name -> bytes of every asset, without the compressed variants."""
    client = root / "src/graphile_worker/admin/client"
    # all of them first: a package that differs from the lock ends the build at its start
    found = {name: package(name, cache) for name in locked()}
    micropython = found["@micropython/micropython-webassembly-pyscript"]
    small = partial(interpreter.small, uglify=found["uglify-js"])
    script = small(interpreter.bundled(micropython, found["idiomorph"], client, found["@rollup/wasm-node"]))
    first, second = (section.compiled(half) for half in halves.halves(section.modules(root / "src")))
    wasm, bridge = (micropython / "micropython.wasm").read_bytes(), (root / snapshot.BRIDGE).read_text("utf-8")
    memory = snapshot.taken(script, wasm, section.packed(first), bridge)
    made = {
        "admin.css": styles.sheet(client / "css").encode(),
        "admin.js": small((client / "js" / "admin.js").read_text("utf-8")).encode(),
        "admin_ui.js": script.encode(),
        "admin_ui_bg.wasm": snapshot.with_section(wasm, snapshot.SECTION, memory),
        "admin_ui_more.bin": section.packed(second),
        "favicon.svg": (client / "favicon.svg").read_bytes(),
        "icons.svg": icons.sprite(icons.names(client), found["lucide-static"]).encode(),
    }
    return made


def build(root: Path, cache: Path, out: Path) -> bool:
    """Builds the assets in `out` unless they are current; returns whether it built them."""
    stamp, now = cache / "stamp", fingerprint(root)
    if stamp.is_file() and stamp.read_text() == now and _intact(out):
        return False
    made = assets(root, cache)
    out.mkdir(parents=True, exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    files = dict(made)
    for name, data in made.items():
        if name.endswith(COMPRESSED):
            files[f"{name}.gz"] = gzip.compress(data, 9, mtime=0)
            files[f"{name}.br"] = min((brotli.compress(data, lgblock=bits) for bits in BLOCK_BITS), key=len)
    for name, data in files.items():
        (out / name).write_bytes(data)
    (out / manifest.NAME).write_text(manifest.text(files), "utf-8")
    stamp.write_text(now)
    return True


def _intact(out: Path) -> bool:
    """Whether the assets are complete and unchanged."""
    try:
        return set(NAMES) <= manifest.read(out).keys()
    except (OSError, manifest.AssetsChanged):
        return False


def fingerprint(root: Path) -> str:
    """A hash of all inputs of the assets."""
    sum_ = hashlib.sha256()
    folders = [root / "src/graphile_worker/admin/client", LOCK.parent]
    paths = [path for folder in folders for path in folder.rglob("*") if "__pycache__" not in path.parts]
    for path in [*sorted(paths), root / "src" / section.SHARED, root / snapshot.BRIDGE]:
        if path.is_file():
            sum_.update(f"{path.relative_to(root) if path.is_relative_to(root) else path.name}\0".encode())
            sum_.update(path.read_bytes())
    return sum_.hexdigest()
