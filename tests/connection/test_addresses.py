"""Where addresses lead: psql's answer, Node's, and ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.connection.cases import placed
from tests.connection.families import FAMILIES
from tests.connection.servers import Servers
from tests.connection.table import judged
from tests.hardening.volume import FULL, volume

STEP = volume(4, 1)  # every fourth case of each family, or all


def test_addresses_lead_where_psql_goes(
    servers: Servers, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """The same server, user and database, or a refusal that names what is wrong; a rule for each other difference."""
    chosen = [(name, case) for name, cases in FAMILIES.items() for case in cases[::STEP]]
    table = judged([placed(case, servers, tmp_path / str(number)) for number, (_, case) in enumerate(chosen)])
    record_property("figures", str(table))
    assert not table.faults, "\n".join(fault.told() for fault in table.faults)
    assert not FULL or (len(chosen) >= 400 and not table.unused), table.unused
