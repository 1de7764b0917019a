"""Which modules of the browser program are in its first file, and which in the second."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scripts.assets.section import CLIENT

MAIN = f"{CLIENT}/main.py"


def halves(sources: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The modules of both files: first what `main` imports, and what these import, at the top of a module; then the rest.

    A module stands behind those that it imports.
    """
    imports = {path: list(_imported(text, sources)) for path, text in sources.items()}
    first = list(_ordered([MAIN], imports, set()))
    second = list(_ordered(sorted(sources), imports, set(first)))
    return {path: sources[path] for path in first}, {path: sources[path] for path in second}


def _ordered(paths: list[str], imports: dict[str, list[str]], done: set[str]) -> Iterator[str]:
    for path in paths:
        if path not in done:
            done.add(path)
            yield from _ordered(imports[path], imports, done)
            yield path


def _imported(text: str, sources: dict[str, str]) -> Iterator[str]:
    """The paths that a module imports at its top."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom):
            module = (node.module or "").replace(".", "/")
            for path in (f"{module}.py", *(f"{module}/{alias.name}.py" for alias in node.names)):
                if path in sources:
                    yield path
