"""Hatchling's hook: adds the bill of materials to a wheel, and refuses assets that differ from their manifest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelHook(BuildHookInterface[Any]):
    """For distributed wheels; an editable install needs neither."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises RuntimeError with what to do."""
        if version != "standard":
            return
        root = Path(self.root)
        sys.path[:0] = [str(root / "src")]
        from graphile_worker.admin import manifest

        try:
            manifest.read(root / "src/graphile_worker/admin/assets")
        except manifest.AssetsChanged as error:
            raise RuntimeError(f"{error} {error.hint}") from None
        if not (root / ".build/graphile-worker.cdx.json").is_file():
            raise RuntimeError("the bill of materials is not made: run scripts/sbom")
        build_data["sbom_files"].append(".build/graphile-worker.cdx.json")
