"""The check of retired words: what it refuses, what it excepts, and that its numbers only shrink."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import check_words
from scripts.check_words import ExceptedName, Ratchet, lowered, occurrences, problems
from scripts.house_report.identifiers import identifiers, parts
from scripts.house_report.retired import in_text, retired_words
from scripts.house_report.sources import HERE, Source, files


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A source file with two deeds, one of them only used, and a permission."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/words.py").write_text(
        "def do(deed: int) -> None:\n    deed_of(deed)\n\n\ndef may_read() -> None: ...\n"
    )
    return tmp_path


def found_in(root: Path, ratchet: Ratchet) -> list[str]:
    words = retired_words()
    return problems(words, occurrences(root, words, ratchet), ratchet)


def test_a_new_name_is_refused_with_its_line_and_the_word_to_use(checkout: Path) -> None:
    lines = found_in(checkout, Ratchet({"may_*": 1}, []))
    assert lines == ["src/words.py:1: deed", "`deed` is retired: 1 names, 0 allowed. Instead: action."]


def test_names_that_are_left_and_names_with_a_reason_are_not(checkout: Path) -> None:
    excepted = ExceptedName("may_*", "may_read", "*/words.py", "a reason")
    assert found_in(checkout, Ratchet({"deed": 1}, [excepted])) == []
    with pytest.raises(TypeError, match="reason"):
        Ratchet.read('[[exception]]\nword = "deed"\nname = "deed"\nfile = "*"\n')


def test_numbers_are_lowered_and_never_raised(checkout: Path) -> None:
    found = occurrences(checkout, retired_words(), Ratchet({}, []))
    assert lowered('[allowed]\ndeed = 3\n"may_*" = 0\nverb = 2\n', found) == "[allowed]\ndeed = 1\n"


def test_a_word_that_the_glossary_does_not_retire_has_no_number() -> None:
    assert found_in(Path("/nowhere"), Ratchet({"banana": 1}, [])) == [
        "scripts/retired_words.toml: `banana` is not retired in docs/glossary.md"
    ]


def test_every_exception_covers_a_name() -> None:
    ratchet = Ratchet.read((HERE / check_words.RATCHET).read_text("utf-8"))
    found = [one for names in occurrences(HERE, retired_words(), Ratchet({}, [])).values() for one in names]
    found += in_text(files(HERE, check_words.FOLDERS), retired_words())
    unused = [one for one in ratchet.exceptions if not any(one.covers(name) for name in found)]
    assert unused == []


@pytest.mark.parametrize(
    ("name", "text", "defined"),
    [
        (
            "a.py",
            "import x as y\nclass A:\n    b: int = 1\n    def c(self, d, *e, **f): self.g = h\n",
            "y A b c self d e f g",
        ),
        (
            "a.py",
            "try: ...\nexcept E as e: ...\nfor i, (j, k) in l: ...\nmatch m:\n    case [n, *o]: ...\n",
            "e i j k n o",
        ),
        ("a.sql", "-- :name first\nselect 1 as x\n-- :name second\n", "first second"),
        ("a.js", "const b = 1; function c() { let d = e; }\nclass F {}\n", "b c d F"),
        ("a.css", "/* .a {} */\n.b, .c-d:hover { margin: .5em }\n.b { e: f }\n", "b c-d"),
    ],
)
def test_what_a_file_defines(tmp_path: Path, name: str, text: str, defined: str) -> None:
    (tmp_path / name).write_text(text)
    names = [name for _, name in identifiers(Source(tmp_path / name, name))]
    assert sorted(names) == sorted(["a", *defined.split()])


def test_the_words_of_a_name() -> None:
    assert parts("_tookBulk_HTTPHeader2") == ["took", "bulk", "http", "header", "2"]
    assert [word.matches(parts("handler")) for word in retired_words() if word.word == "hand"] == [False]
    took = next(word for word in retired_words() if word.word == "took_*")
    assert [took.matches(parts(name)) for name in ("_took_jobs", "took", "mistook_it")] == [True, False, False]


def test_comments_and_docstrings_are_searched_for_some_words(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('"""A deed,\n\nand a look."""\nx = "deed"  # a Deed\n')
    found = in_text(files(tmp_path, ["."]), retired_words())
    assert sorted((one.line, one.name) for one in found) == [(1, "deed"), (4, "Deed")]
