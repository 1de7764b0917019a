"""The table of README.md."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- results -->", "<!-- /results -->"
GOALS = {
    "first page p50": "<= 1.00 x", "failed page p50": "<= 1.00 x", "one job p50": "<= 1.50 x",
    "one queue's page p50": "<= 0.50 x", "the page at nine tenths p50": "<= 0.01 x", "overview p50": "<= 0.50 x",
    "first visit, bytes": "<= 0.25 x", "navigation to first rows, ms": "<= 0.40 x",
    "navigation to a working filter, ms": "<= 0.80 x", "refresh of 100 rows with 5 changed, ms of script": "<= 16 ms",
    "from a key in the search box to its rows p95, ms": "<= 150 ms",
    "an hour of refreshes leaves behind, MB": "<= 2 MB",
    "memory of the server, MB": "<= 150 MB", "export as ndjson, jobs/s": ">= 20,000", "export as csv, jobs/s": ">= 20,000",
    "`list` on the command line, ms": "<= 150 ms", "`stats` on the command line, ms": "<= 150 ms",
    "`show 1` on the command line, ms": "<= 150 ms", "/api/session p50, ms": "<= 10 ms",
    "`import graphile_worker`, ms": "<= 60 ms",
}  # fmt: skip


def table(results: dict[str, dict[str, float]], jobs: int) -> str:
    """Markdown: this program with its defaults and without sharing, the reference, the ratios and the goals."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {jobs:,} jobs. Times in milliseconds.",
        "",
        "| what | ours | ours, nothing shared | reference | ours / reference | nothing shared / reference | goal |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, row in results.items():
        cells = [_number(row.get(key)) for key in ("ours", "alone", "reference")]
        cells += [_ratio(row.get(key), row.get("reference")) for key in ("ours", "alone")]
        lines.append(f"| {name} | {' | '.join(cells)} | {GOALS.get(name, '')} |")
    return "\n".join(lines)


def fresh_table(results: dict[str, dict[str, float]]) -> str:
    """Markdown: this program, psql with a similar query, the reference, and the ratios, on a database without
    ANALYZE."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, a new database, `jit = on`.",
        "",
        "| what | ours | psql | reference | ours / psql | ours / reference | goal |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, row in results.items():
        cells = [_number(row.get(key)) for key in ("ours", "psql", "reference")]
        cells += [_ratio(row.get("ours"), row.get(key)) for key in ("psql", "reference")]
        lines.append(f"| {name} | {' | '.join(cells)} | {GOALS.get(name, '')} |")
    return "\n".join(lines)


def write(text: str) -> None:
    """Writes the table between the marks in README.md."""
    page = README.read_text("utf-8")
    head, _, rest = page.partition(BEGIN)
    README.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _ratio(ours: float | None, theirs: float | None) -> str:
    return f"{ours / theirs:.2f} x" if ours is not None and theirs else "-"
