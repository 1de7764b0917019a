"""Databases with a past: which programs have migrated them, in turn."""

from __future__ import annotations

from tests.peers import node
from tests.reference import rust
from tests.support.templates import Databases

History = tuple[
    str, ...
]  # "rust" is its program as it is, "rust-18" the one that knew 18 migrations, "node-0.17" a release

HIGHEST = (
    dict(node.RELEASES) | {"rust": rust.HIGHEST} | {f"rust-{number}": number for number in range(16, rust.HIGHEST)}
)
RUSTS = [name for name in HIGHEST if name.startswith("rust")]
NODES = [name for name in HIGHEST if name.startswith("node")]
ALONE: list[History] = [(name,) for name in HIGHEST]
PAIRS: list[History] = [
    *((first, second) for first in RUSTS for second in NODES),
    *((first, second) for first in NODES for second in RUSTS if HIGHEST[second] > HIGHEST[first]),
]


def highest(history: History) -> int:
    """The highest migration recorded in such a database."""
    return max(HIGHEST.get(name) or int(name.removeprefix("rust-")) for name in history)


class Past:
    """Makes databases with a past; every past is made once and then cloned."""

    def __init__(self, databases: Databases, reference: list[str]) -> None:
        self.databases = databases
        self.reference = reference
        self._templates: dict[History, str] = {}

    async def database(self, history: History) -> str:
        """The address of a new database with this past."""
        return self.databases.server.dsn(await self.databases.clone(await self._template(history)))

    async def _template(self, history: History) -> str:
        if not history:
            return "template0"
        if history not in self._templates:
            name = await self.databases.clone(await self._template(history[:-1]))
            await self._migrate(history[-1], self.databases.server.dsn(name))
            self._templates[history] = name
        return self._templates[history]

    async def _migrate(self, name: str, dsn: str) -> None:
        if name == "rust":
            code, said = await rust.run(self.reference, dsn, "migrate")
            assert code == 0, said
        elif name.startswith("rust"):
            await rust.migrate_to(dsn, int(name.removeprefix("rust-")))
        else:
            await node.migrate(name, dsn)
