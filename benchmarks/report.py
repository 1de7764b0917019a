"""The table of README.md."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- results -->", "<!-- /results -->"
GOALS = {
    "first page p50": 1.0, "failed page p50": 1.0, "one job p50": 1.5, "one queue's page p50": 1.0, "overview p50": 0.5,
    "first visit, bytes": 0.30, "navigation to first rows, ms": 1.0,
}  # fmt: skip
MEMORY_GOAL = 150  # MB


def table(results: dict[str, dict[str, float]], jobs: int) -> str:
    """Markdown: ours as shipped, ours with nothing shared, the reference, ratios to it and the goals."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {jobs:,} jobs. Times in milliseconds.",
        "",
        "| what | ours | ours, nothing shared | reference | ours / reference | nothing shared / reference | goal |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, row in results.items():
        goal = f"<= {GOALS[name]:.2f}" if name in GOALS else f"<= {MEMORY_GOAL} MB" if name.startswith("memory") else ""
        cells = [_number(row.get(key)) for key in ("ours", "alone", "reference")]
        cells += [_ratio(row.get(key), row.get("reference")) for key in ("ours", "alone")]
        lines.append(f"| {name} | {' | '.join(cells)} | {goal} |")
    return "\n".join(lines)


def write(text: str) -> None:
    """Puts the table between the marks of README.md."""
    page = README.read_text("utf-8")
    head, _, rest = page.partition(BEGIN)
    README.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _ratio(ours: float | None, theirs: float | None) -> str:
    return f"{ours / theirs:.2f} x" if ours is not None and theirs else "-"
