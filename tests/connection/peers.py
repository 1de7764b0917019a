"""psql and Node's pg, asked where an address leads."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.assets.node import node
from tests.connection.answers import QUERY, Answer, of_psql, reached
from tests.connection.cases import Placed

HERE = Path(__file__).parent
PATIENCE = 60  # seconds for one answer
AT_ONCE = 3  # psql processes


def psql() -> str:
    """Debian's newest psql itself: /usr/bin/psql is a Perl program of Debian around it, with defaults of its own."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"), key=lambda path: int(path.parts[4]))
    assert programs, "there is no psql of Debian: run scripts/install --dev"
    return str(programs[-1])


def ask_psql(cases: Sequence[Placed]) -> list[Answer]:
    """psql's answers, in the order of the cases."""
    program = psql()

    def ask(case: Placed) -> Answer:
        address = [] if case.address is None else ["-d", case.address]
        done = subprocess.run(
            [program, "-XAtw", *address, "-c", QUERY], env=case.environ, capture_output=True, encoding="utf-8",
            errors="replace", cwd=case.home, timeout=PATIENCE, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return reached(json.loads(done.stdout)) if done.returncode == 0 else of_psql(done.stderr)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(ask, cases))


def ask_node(cases: Sequence[Placed]) -> list[Answer]:
    """The answers of one Node process that is asked case after case."""
    lines = [json.dumps({"address": one.address, "environ": one.environ, "query": QUERY}) for one in cases]
    done = subprocess.run(
        [*node(), "peer.cjs"], input="".join(line + "\n" for line in lines), capture_output=True, encoding="utf-8",
        cwd=HERE, timeout=PATIENCE * max(1, len(cases)),
    )  # fmt: skip
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(cases), done.stderr
    return [reached(one["row"][0]) if "row" in one else Answer("refused", text=one["error"]) for one in said]
