"""Public names of a package that are imported when they are first used, so that importing the package is cheap."""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers read it as true; importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def lazy_exports(
    package: str, names: list[str], homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The functions `__getattr__` and `__dir__` of a package.

    Args:
        package: its name.
        names: its public names.
        homes: the module of each of them, below the package.
    """

    def find(name: str) -> Any:
        if name in homes:
            from importlib import import_module

            return getattr(import_module(f"{package}.{homes[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def listed() -> list[str]:
        from sys import modules

        return [*names, *(name for name in vars(modules[package]) if name.startswith("__"))]

    return find, listed
