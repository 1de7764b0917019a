"""The measures in their order: a name, a value, and the files or places behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from scripts.check_words import FOLDERS, RATCHET, Ratchet, occurrences
from scripts.house_report import signatures, sizes, touched
from scripts.house_report.retired import Occurrence, in_text, retired_words
from scripts.house_report.sources import HERE, files


@dataclass(frozen=True)
class Measure:
    """One line of the report. `details` are printed with --files."""

    name: str
    value: str
    details: list[str] = field(default_factory=list)


def static(root: Path) -> Iterator[Measure]:
    """What the source text shows."""
    tables, named = touched.action_tables(root), touched.action_files(root)
    yield Measure("places a new action touches (statements that list every action)", str(len(tables)), tables)
    yield Measure(f"source files that name the action `{touched.ACTION}`", str(len(named)), named)
    naming, of_files = touched.endpoint_statements(root), touched.endpoint_files(root)
    yield Measure(
        f"places that name the endpoint `/api/{touched.ENDPOINT}`", f"{len(naming)} in {len(of_files)} files", naming
    )
    paths, median, most = touched.path_statements(root)
    yield Measure("places that write the path of an endpoint, median and most", f"{median}, {most} ({paths} paths)")
    with_any, functions = signatures.client_any(root)
    yield Measure("functions of the browser program with `Any` in their signature", f"{with_any} of {functions}")
    handed = signatures.handed_a_schema(root)
    yield Measure("functions handed a database, connection or pool, and a schema", str(len(handed)), handed)
    for what, suffixes in (("Python files", (".py",)), ("files of every type", ())):
        number, folder = sizes.largest_folder(root, suffixes)
        yield Measure(f"largest folder, {what}", f"{number} ({folder})")
    yield from _words(root)
    yield from _sizes(root)


def _words(root: Path) -> Iterator[Measure]:
    words, ratchet = retired_words(), Ratchet.read((HERE / RATCHET).read_text("utf-8"))
    names = [one for found in occurrences(root, words, ratchet).values() for one in found]
    text = [one for one in in_text(files(root, FOLDERS), words) if not ratchet.excepts(one)]
    yield Measure("retired words in names", str(len(names)), _listed(names))
    yield Measure("retired words in comments and docstrings", str(len(text)), _listed(text))


def _listed(found: list[Occurrence]) -> list[str]:
    return [f"{one.word.word}: {one.file}:{one.line} {one.name}" for one in found]


def _sizes(root: Path) -> Iterator[Measure]:
    size = sizes.sizes(root)
    yield Measure("lines of a file, median and largest", f"{size.median_file}, {_with_location(size.largest_file)}")
    largest = f"{size.median_function}, {_with_location(size.largest_function)}"
    yield Measure(f"lines of a function, median and largest (of {size.functions})", largest)
    lines = sizes.code_lines(root)
    by_type = ", ".join(f"{suffix[1:]} {number:,}" for suffix, number in lines.items())
    yield Measure("lines of code", f"{sum(lines.values()):,} ({by_type})")


def _with_location(largest: tuple[int, str]) -> str:
    return f"{largest[0]} ({largest[1].removeprefix('src/graphile_worker/')})"


def walked(root: Path) -> Iterator[Measure]:
    """What a run shows: the files that four walks cross, how many of them only this walk needs, and their folders."""
    from scripts.house_report.walks import COMMON, WALKS, crossed_files

    files_of = crossed_files(root)
    for name, description in WALKS.items():
        crossed = files_of[name]
        own = set(crossed) - set(files_of[COMMON[name]])
        folders = Counter(PurePath(file).parent.as_posix() for file in crossed)
        parts = ", ".join(f"{folder} {number}" for folder, number in sorted(folders.items()))
        details = [f"{file} (of its own)" if file in own else file for file in crossed]
        yield Measure(
            f"files crossed by {description}", f"{len(crossed)}, of them {len(own)} of its own ({parts})", details
        )
