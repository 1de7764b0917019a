"""Cases asked of all three, judged, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.connection.cases import Placed
from tests.connection.ours import ask_ours
from tests.connection.peers import ask_node, ask_psql
from tests.connection.readings import READINGS, rewritten
from tests.connection.rules import RULES
from tests.connection.verdicts import Trial, as_node, same

SAME, REFUSED = "same as psql", "refused by name, as psql refuses"
REASONS = {one.name: one.reason for one in READINGS} | {rule.name: rule.reason for rule in RULES}


@dataclass
class Table:
    """How many cases ended how, and the trials that no rule explains."""

    counts: Counter[str] = field(default_factory=Counter)  # by verdict; a case of a rule counts for each of its rules
    addresses: int = 0
    as_node: int = 0  # of those for which there is a rule
    faults: list[Trial] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{self.addresses} addresses asked of psql, Node's pg and us; unexplained {len(self.faults)}"]
        lines += [f"{self.counts[name]:>5} {name}" for name in (SAME, REFUSED)]
        lines += [f"{self.as_node:>5} read as Node reads them, where psql refuses; by these rules:"]
        lines += [f"{self.counts[name]:>5} {name}: {reason}" for name, reason in REASONS.items() if self.counts[name]]
        return "\n".join(lines)

    @property
    def unused(self) -> list[str]:
        """Rules that no case needs."""
        return [name for name in REASONS if not self.counts[name]]


def judged(cases: Sequence[Placed]) -> Table:
    """Asks all, and psql once more for what we read and it does not."""
    table = Table(addresses=len(cases))
    with ThreadPoolExecutor(2) as threads:
        asked = threads.submit(ask_node, cases)
        psql = ask_psql(cases)
        node = asked.result()
    different = []
    for trial in map(Trial, cases, psql, node, ask_ours(cases)):
        if same(trial.psql, trial.ours):
            table.counts[REFUSED if trial.psql.kind == "refused" else SAME] += 1
        else:
            different.append(trial)
    meant = [rewritten(trial) for trial in different]
    for trial, (_, names), again in zip(different, meant, ask_psql([case for case, _ in meant]), strict=True):
        table.as_node += as_node(trial)
        if names and same(again, trial.ours):
            table.counts.update(names)
        elif rule := next((rule for rule in RULES if rule.holds(trial)), None):
            table.counts[rule.name] += 1
        else:
            table.faults.append(trial)
    return table
