"""docs/page.md names what the page has."""

from __future__ import annotations

import re
from pathlib import Path

from graphile_worker.admin.client.model.screens import SCREENS
from graphile_worker.admin.client.views.dialogs import dialogs

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/page.md").read_text("utf-8")


def test_every_screen_with_its_address() -> None:
    told = dict(re.findall(r"^\| (\w+) \| `(\S+)` \|", TEXT, re.MULTILINE))
    wanted = {label: f"?view={name}" if name != "jobs" else "?" for name, label, *_ in SCREENS}
    assert told == wanted | {"Job": "?job=ID"}


def test_every_key() -> None:
    told = re.findall(r"^\| ((?:`[^`]+`|[ a-z])+) \| [^|]+ \|$", TEXT.partition("## Keys")[2], re.MULTILINE)
    shown = {word for keys, _ in dialogs.KEYS for word in re.split(r" +", keys)}
    assert {word for keys in told for word in re.findall(r"[^` ]+", keys)} - {"then"} == shown


def test_every_picture_of_the_readme_is_there_and_small() -> None:
    pictures = re.findall(r"\]\((docs/pictures/\S+\.png)\)", (ROOT / "README.md").read_text("utf-8"))
    assert len(set(pictures)) == 5
    assert all((ROOT / name).stat().st_size < 200_000 for name in pictures)
