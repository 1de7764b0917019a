"""Refuses retired words in the names that the source defines. Prints the places and exits 1.

The words stand in the last table of docs/glossary.md. scripts/retired_words.toml has the exceptions, each with its reason, and
how many names with each word are left; that number may only shrink. `python -m scripts.check_words --lower` writes the smaller
numbers after a rename; it never writes a larger one.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from scripts.house_report.retired import GLOSSARY, Occurrence, RetiredWord, in_names, retired_words
from scripts.house_report.sources import HERE, files

FOLDERS = ("src", "scripts", "benchmarks")
RATCHET = Path("scripts/retired_words.toml")


@dataclass(frozen=True)
class ExceptedName:
    """A name that may have a retired word: `name` and `file` are patterns as of a shell."""

    word: str
    name: str
    file: str
    reason: str

    def covers(self, found: Occurrence) -> bool:
        """Whether this occurrence is meant."""
        return (
            self.word == found.word.word and fnmatchcase(found.name, self.name) and fnmatchcase(found.file, self.file)
        )


@dataclass(frozen=True)
class Ratchet:
    """The content of scripts/retired_words.toml."""

    allowed: dict[str, int]
    exceptions: list[ExceptedName]

    @classmethod
    def read(cls, text: str) -> Ratchet:
        """Raises TypeError for an exception without a reason."""
        content = tomllib.loads(text)
        return cls(content.get("allowed", {}), [ExceptedName(**one) for one in content.get("exception", [])])

    def excepts(self, found: Occurrence) -> bool:
        """Whether an exception covers this occurrence."""
        return any(exception.covers(found) for exception in self.exceptions)


def occurrences(root: Path, words: list[RetiredWord], ratchet: Ratchet) -> dict[str, list[Occurrence]]:
    """The names with a retired word, by word, without the exceptions."""
    found: defaultdict[str, list[Occurrence]] = defaultdict(list)
    for one in in_names(files(root, FOLDERS), words):
        if not ratchet.excepts(one):
            found[one.word.word].append(one)
    return dict(found)


def problems(words: Iterable[RetiredWord], found: dict[str, list[Occurrence]], ratchet: Ratchet) -> list[str]:
    """Lines that say which words are written more often than allowed, and where."""
    lines, known = [], {word.word: word for word in words}
    for word, names in sorted(found.items()):
        allowed = ratchet.allowed.get(word, 0)
        if len(names) > allowed:
            lines += [f"{one.file}:{one.line}: {one.name}" for one in names]
            lines.append(f"`{word}` is retired: {len(names)} names, {allowed} allowed. Instead: {known[word].instead}.")
    lines += [f"{RATCHET}: `{word}` is not retired in {GLOSSARY}" for word in sorted(set(ratchet.allowed) - set(known))]
    return lines


def lowered(text: str, found: dict[str, list[Occurrence]]) -> str:
    """The file with the numbers of today where they are smaller; a word that is gone has no line."""

    def number(line: re.Match[str]) -> str:
        left = min(int(line[2]), len(found.get(line[1].strip('"'), [])))
        return f"{line[1]} = {left}\n" if left else ""

    return re.sub(r'^("?[\w*]+"?) = (\d+)\n', number, text, flags=re.MULTILINE)


def main(arguments: list[str]) -> int:
    """Checks, or lowers the numbers."""
    path, words = HERE / RATCHET, retired_words()
    text = path.read_text("utf-8")
    ratchet = Ratchet.read(text)
    found = occurrences(HERE, words, ratchet)
    if arguments == ["--lower"]:
        path.write_text(lowered(text, found), "utf-8")
    lines = problems(words, found, ratchet)
    print("\n".join(lines), end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
