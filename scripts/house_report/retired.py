"""The retired words, read from the last table of docs/glossary.md, and where they are still written.

An entry without a star matches a name of which one word is the entry; an entry `may_*` a name that begins with `may_`.
In comments and docstrings only the entries that the table refuses in "names and text" are looked for: many of the
others have an ordinary meaning in a sentence.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.house_report.identifiers import identifiers, parts
from scripts.house_report.sources import HERE, Source

GLOSSARY = Path("docs/glossary.md")
HEADING = "## Retired words"
_ENTRY = re.compile(r"`([^`]+)`")
_WORD = re.compile(r"[A-Za-z_]+")
_COMMENTS = {
    ".sql": re.compile(r"--(?! :name)[^\n]*|/\*.*?\*/", re.DOTALL),
    ".js": re.compile(r"(?<![:'\"])//[^\n]*|/\*.*?\*/", re.DOTALL),
    ".css": re.compile(r"/\*.*?\*/", re.DOTALL),
}


@dataclass(frozen=True)
class RetiredWord:
    """One entry of the table."""

    word: str
    in_text: bool  # comments and docstrings are searched, too
    instead: str

    def matches(self, words: list[str]) -> bool:
        """Whether an identifier of these words (see `parts`) has the retired one."""
        if self.word.endswith("_*"):
            return len(words) > 1 and words[0] == self.word[:-2]
        return self.word in words


@dataclass(frozen=True)
class Occurrence:
    """A retired word in a file."""

    word: RetiredWord
    file: str
    line: int
    name: str  # the identifier, or the word as the text has it
    in_text: bool


def retired_words(root: Path = HERE) -> list[RetiredWord]:
    """The entries of the table."""
    _, _, section = (root / GLOSSARY).read_text("utf-8").partition(f"\n{HEADING}\n")
    found = []
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 3:
            found += [RetiredWord(entry, "text" in cells[1], cells[2]) for entry in _ENTRY.findall(cells[0])]
    if not found:
        raise ValueError(f"{GLOSSARY} has no table of words below {HEADING!r}")
    return found


def in_names(sources: list[Source], words: list[RetiredWord]) -> Iterator[Occurrence]:
    """Every definition whose name has a retired word in it."""
    for source in sources:
        for line, name in identifiers(source):
            of_name = parts(name)
            for word in words:
                if word.matches(of_name):
                    yield Occurrence(word, source.name, line, name, in_text=False)


def in_text(sources: list[Source], words: list[RetiredWord]) -> Iterator[Occurrence]:
    """Every comment and docstring with a word that is retired in text."""
    wanted = {word.word: word for word in words if word.in_text}
    for source in sources:
        for line, text in _prose(source):
            for offset, one in enumerate(text.splitlines()):
                for name in _WORD.findall(one):
                    if name.lower() in wanted:
                        yield Occurrence(wanted[name.lower()], source.name, line + offset, name, in_text=True)


def _prose(source: Source) -> Iterator[tuple[int, str]]:
    """(line, text) of the comments and docstrings of a file."""
    if source.path.suffix != ".py":
        for found in _COMMENTS[source.path.suffix].finditer(source.text):
            yield source.text.count("\n", 0, found.start()) + 1, found[0]
        return
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for first, last in source.docstrings:
        yield first, "\n".join(source.text.splitlines()[first - 1 : last])
