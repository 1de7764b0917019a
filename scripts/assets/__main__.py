"""`python -m scripts.assets`: writes the assets; nothing changed is nothing done."""

from __future__ import annotations

import gzip
import hashlib
import re
import sys
from pathlib import Path

import brotli

from graphile_worker.admin.client.icons import ICONS
from scripts.assets import program
from scripts.assets.packages import LOCK, BuildError, package

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
CLIENT = SOURCE / program.CLIENT
OUT = SOURCE / "graphile_worker/admin/assets"
CACHE = ROOT / ".build/packages"
STAMP = ROOT / ".build/assets.stamp"
SERVED = ("admin.css", "admin.js", "admin_ui.js", "admin_ui_bg.wasm", "favicon.svg")

# The interpreter hands us its imports (to guard them), and hands over as integers only what fits 32 bits.
PATCHES = (
    ("let Module={locateFile:", "let Module={instantiateWasm:options.instantiateWasm,locateFile:"),
    ("if(Number.isInteger(js_obj))", "if((js_obj|0)===js_obj)"),
)


def main() -> int:
    """Builds what is out of date; 1 with a sentence when that is not possible."""
    mark = _mark()
    if STAMP.exists() and STAMP.read_text() == mark and all((OUT / name).exists() for name in SERVED):
        return 0
    print("build: Building the assets of the admin page.", flush=True)
    try:
        _write(assets())
    except BuildError as error:
        print(f"build: {error}.", file=sys.stderr)
        return 1
    STAMP.write_text(mark)
    return 0


def assets() -> dict[str, bytes]:
    """Every file by its name."""
    interpreter = package("@micropython/micropython-webassembly-pyscript", CACHE)
    morph = package("idiomorph", CACHE) / "dist/idiomorph.min.js"
    parts = [patched((interpreter / "micropython.mjs").read_text("utf-8")), morph.read_text("utf-8")]
    parts.append((CLIENT / "bridge.js").read_text("utf-8"))
    wasm = program.with_section((interpreter / "micropython.wasm").read_bytes(), program.section(SOURCE))
    return {
        "admin.css": (CLIENT / "admin.css").read_bytes(),
        "admin.js": (CLIENT / "boot.js").read_bytes(),
        "admin_ui.js": "\n".join(parts).encode(),
        "admin_ui_bg.wasm": wasm,
        "favicon.svg": (CLIENT / "favicon.svg").read_bytes(),
        "icons.svg": sprite(package("lucide-static", CACHE) / "icons").encode(),
    }


def patched(text: str) -> str:
    """The interpreter's loader with our patches; another text than the known one stops the build."""
    for old, new in PATCHES:
        if text.count(old) != 1:
            raise BuildError(f"{old!r} stands {text.count(old)} times in micropython.mjs: another version?")
        text = text.replace(old, new)
    return text


def sprite(folder: Path) -> str:
    """One hidden SVG that holds the icons the page uses."""
    symbols = []
    for name in ICONS:
        drawing = re.search(r"<svg[^>]*>(.*)</svg>", (folder / f"{name}.svg").read_text("utf-8"), re.DOTALL)
        if drawing is None:
            raise BuildError(f"the icon {name} is not an SVG")
        inner = re.sub(r">\s+<", "><", drawing[1].strip())
        symbols.append(f'<symbol id="i-{name}" viewBox="0 0 24 24">{inner}</symbol>')
    return f'<svg width="0" height="0" style="position:absolute" aria-hidden="true">{"".join(symbols)}</svg>'


def _write(files: dict[str, bytes]) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (OUT / name).write_bytes(data)
        if name in SERVED:
            (OUT / f"{name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))
            (OUT / f"{name}.br").write_bytes(brotli.compress(data))


def _mark() -> str:
    digest = hashlib.sha256()
    inputs = [*sorted(CLIENT.rglob("*")), SOURCE / program.SHARED, LOCK, *sorted(Path(__file__).parent.glob("*.py"))]
    for path in inputs:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
