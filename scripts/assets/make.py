"""All assets from their sources; nothing is written unless everything could be made."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import brotli

from scripts.assets import icons, interpreter, section
from scripts.assets.packages import LOCK, locked, package

COMPRESSED = (".js", ".wasm", ".css", ".svg")
STYLES = ("tokens", "base", "frame", "parts", "jobs", "charts", "job", "dialogs", "screens", "phone")  # later ones win
NAMES = ("admin.css", "admin.js", "admin_ui.js", "admin_ui_bg.wasm", "favicon.svg", "icons.svg")


def assets(root: Path, cache: Path) -> dict[str, bytes]:
    """Name -> bytes of every asset, without the compressed variants."""
    client = root / "src/graphile_worker/admin/client"
    # all of them first: what is not as locked ends the build before anything is made
    found = {name: package(name, cache) for name in locked()}
    micropython = found["@micropython/micropython-webassembly-pyscript"]
    script = interpreter.joined(micropython, found["idiomorph"], client)
    program = section.compiled(section.modules(root / "src"))
    made = {
        "admin.css": b"\n".join((client / "css" / f"{name}.css").read_bytes() for name in STYLES),
        "admin.js": (client / "admin.js").read_bytes(),
        "admin_ui.js": interpreter.small(script, found["uglify-js"]).encode(),
        "admin_ui_bg.wasm": section.with_section((micropython / "micropython.wasm").read_bytes(), program),
        "favicon.svg": (client / "favicon.svg").read_bytes(),
        "icons.svg": icons.sprite(icons.names(client), found["lucide-static"]).encode(),
    }
    return made


def build(root: Path, cache: Path, out: Path) -> bool:
    """Makes the assets in `out` unless they are those of these sources already; says whether it did anything."""
    stamp, now = cache / "stamp", fingerprint(root)
    if stamp.is_file() and stamp.read_text() == now and all((out / name).is_file() for name in NAMES):
        return False
    made = assets(root, cache)
    out.mkdir(parents=True, exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    for name, data in made.items():
        (out / name).write_bytes(data)
        if name.endswith(COMPRESSED):
            (out / f"{name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))
            (out / f"{name}.br").write_bytes(brotli.compress(data))
    stamp.write_text(now)
    return True


def fingerprint(root: Path) -> str:
    """Changes when anything that goes into the assets changes."""
    sum_ = hashlib.sha256()
    folders = [root / "src/graphile_worker/admin/client", LOCK.parent]
    paths = [path for folder in folders for path in folder.rglob("*") if "__pycache__" not in path.parts]
    for path in [*sorted(paths), root / "src" / section.SHARED]:
        if path.is_file():
            sum_.update(f"{path.relative_to(root) if path.is_relative_to(root) else path.name}\0".encode())
            sum_.update(path.read_bytes())
    return sum_.hexdigest()
