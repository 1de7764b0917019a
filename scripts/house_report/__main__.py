"""`scripts/house [--files] [--no-walks] [--root DIR]`: prints the measures of docs/architecture.md."""

from __future__ import annotations

import argparse
from pathlib import Path

from scripts.house_report.measures import Measure, static, walked
from scripts.house_report.sources import HERE


def main(arguments: list[str] | None = None) -> None:
    """Prints one line for each measure."""
    parser = argparse.ArgumentParser(prog="scripts/house", description="Measures of the source: a report, not a gate.")
    parser.add_argument("--files", action="store_true", help="print the files and places behind each number")
    parser.add_argument("--no-walks", action="store_true", help="only what the source text shows; starts no PostgreSQL")
    parser.add_argument("--root", type=Path, default=HERE, metavar="DIR", help="another checkout")
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    measures = [] if options.no_walks else [*walked(root)]
    for measure in [*measures, *static(root)]:
        show(measure, options.files)


def show(measure: Measure, files: bool) -> None:
    """One measure, with --files the places behind it."""
    print(f"{measure.name}: {measure.value}")
    for detail in measure.details if files else ():
        print(f"    {detail}")


if __name__ == "__main__":
    main()
