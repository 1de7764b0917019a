"""Regular expressions that are compiled at their first use. A command uses a few of those that its modules define."""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers read it as true
if TYPE_CHECKING:
    from re import compile as lazy_pattern
    from typing import Any
else:

    class lazy_pattern:
        """Has the attributes of the compiled expression."""

        def __init__(self, pattern: str, flags: int = 0) -> None:
            self.pattern, self.flags = pattern, flags

        def __getattr__(self, name: str) -> Any:
            import re

            value = getattr(re.compile(self.pattern, self.flags), name)
            setattr(self, name, value)
            return value


__all__ = ["lazy_pattern"]
