"""Generates the parts of documents and of the page that come from the code. `scripts/docs` writes them; a test compares."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import graphile_worker
import graphile_worker.admin
from graphile_worker.admin.server.app import ENDPOINTS
from graphile_worker.admin.server.metrics import METRICS
from graphile_worker.core.database.transaction_settings import TABLE
from scripts import action_table, cli_reference, connection_reference
from scripts.library_reference import errors, reference
from tests.contract.differences import COMMAND_DIFFERENCES, DIFFERENCES
from tests.guards.table import guards

ROOT = Path(__file__).resolve().parents[1]
_PART = re.compile(r"(<!-- generated: ([\w.-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def differences() -> str:
    """A table of the deliberate differences: the cases of each reason."""
    cases: dict[str, list[str]] = {}
    for (group, name), difference in DIFFERENCES.items():
        cases.setdefault(difference.reason, []).append(f"{group}: {name}")
    for line, (reason, _) in COMMAND_DIFFERENCES.items():
        cases.setdefault(reason, []).append(f"`{line}`")
    rows = [f"| {_cell(', '.join(names))} | {_cell(reason)} |" for reason, names in cases.items()]
    return "\n".join(["| cases | ours, and why |", "|---|---|", *rows, ""])


def routes() -> str:
    """A table of the API's routes with summary and parameters or members."""
    rows = []
    for endpoint in ENDPOINTS:
        takes = ", ".join(f"`{name}`" for name in endpoint.parameters)
        if endpoint.request is not None:
            takes = ", ".join(f"`{name}`" for name in endpoint.request.__struct_fields__)
        rows.append(f"| `{endpoint.method} {endpoint.path}` | {_cell(endpoint.summary)} | {takes} |")
    return "\n".join(["| route | | takes |", "|---|---|---|", *rows, ""])


def guard_table() -> str:
    """A table of the guards with threat, file and the tests that fail without the guard."""
    rows = [
        f"| {guard.name} | {_cell(guard.threat)} | {', '.join(map(str, guard.holes))} | `{guard.file}` | "
        + ", ".join(f"`{test.removeprefix('tests/')}`" for test in guard.tests)
        + " |"
        for guard in guards()
    ]
    return "\n".join(["| guard | without it | hole | in | tests that fail then |", "|---|---|---|---|---|", *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def metrics() -> str:
    """A table of the Prometheus metrics."""
    rows = [
        f"| `{name}` | {', '.join(f'`{label}`' for label in labels)} | {_cell(meaning)} |"
        for name, (labels, meaning) in METRICS.items()
    ]
    return "\n".join(["| metric | labels | |", "|---|---|---|", *rows, ""])


def settings() -> str:
    """A table of the settings of a transaction with their reasons."""
    rows = [
        f"| `{setting.name}` | `{setting.value}` | {'reads' if setting.reads else 'all'} | {_cell(setting.why)} |"
        for setting in TABLE
    ]
    return "\n".join(["| setting | value | transactions | why |", "|---|---|---|---|", *rows, ""])


PARTS: dict[str, Callable[[], str]] = {
    "differences": differences,
    "routes": routes,
    "metrics": metrics,
    "settings": settings,
}
PARTS |= {
    "guards": guard_table,
    "library": partial(reference, graphile_worker),
    "library-admin": partial(reference, graphile_worker.admin),
    "library-errors": errors,
    "connection-parameters": connection_reference.parameters,
    "foreign-parameters": connection_reference.foreign,
    "parameter-aliases": connection_reference.aliases,
    "commands": cli_reference.commands,
    "filter-options": cli_reference.filter_options,
    "global-options": cli_reference.global_options,
}


_LANGUAGES = {
    ".py": "python", ".conf": "nginx", ".cfg": "ini", ".ini": "ini", ".service": "ini", ".yaml": "yaml", "Caddyfile": "caddyfile",
    "Dockerfile": "dockerfile",
}  # fmt: skip
EXAMPLES = [
    *(ROOT / "docs/examples").glob("*.*"),
    *(path for path in (ROOT / "docs/deploying").rglob("*") if path.is_file()),
    ROOT / "Dockerfile",
    ROOT / "compose.yaml",
]


def example(path: Path) -> str:
    """The text of a file that the tests run."""
    language = _LANGUAGES[path.suffix or path.name]
    return f"```{language}\n{path.read_text('utf-8')}```\n"


PARTS |= {f"example-{path.name}": partial(example, path) for path in EXAMPLES}


def filled(text: str) -> str:
    """A document with its generated parts replaced."""
    return _PART.sub(lambda match: match[1] + PARTS[match[2]]() + match[3], text)


def documents() -> list[Path]:
    """Every document that may hold generated parts."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def main() -> None:
    """Writes the documents whose generated parts have changed."""
    for path in documents():
        old = path.read_text("utf-8")
        if (new := filled(old)) != old:
            path.write_text(new, "utf-8")
            print(f"{path.relative_to(ROOT)}: written")
    (ROOT / action_table.MODULE).write_text(action_table.module(), "utf-8")


if __name__ == "__main__":
    main()
