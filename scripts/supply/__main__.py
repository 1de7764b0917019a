"""The program of `scripts/sbom`."""

from __future__ import annotations

import sys

from graphile_worker.core.exceptions import GraphileWorkerError
from scripts.assets.failure import BuildError
from scripts.supply.sbom import write


def main() -> int:
    """Writes the bill of materials; returns 1 after an error message."""
    try:
        print(f"sbom: {write()}")
    except (BuildError, GraphileWorkerError) as error:
        print(f"sbom: {error}", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
