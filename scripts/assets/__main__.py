"""The program of `scripts/build`."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.assets.failure import BuildError
from scripts.assets.make import build

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Builds into the source tree; returns 1 after an error message."""
    out = ROOT / "src/graphile_worker/admin/assets"
    try:
        fresh = build(ROOT, ROOT / ".build", out)
    except BuildError as error:
        print(f"build: {error}", file=sys.stderr)
        return 1
    if fresh:
        sizes = ", ".join(
            f"{path.name} {path.stat().st_size:,}" for path in sorted(out.iterdir()) if path.suffix == ".br"
        )
        print(f"build: the page's assets are made ({sizes} bytes)")
    return 0


sys.exit(main())
