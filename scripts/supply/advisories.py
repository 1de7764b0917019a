"""The stored list of advisories (OSV format), and which locked packages it names."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from scripts.assets.failure import BuildError
from scripts.supply.locks import normal

FILE = Path(__file__).with_name("advisories.json")
STALE_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class Stored:
    """The list and the date of its last change."""

    date: datetime.date
    advisories: list[dict[str, Any]]

    def age(self, today: datetime.date) -> int:
        """Days since its last change."""
        return (today - self.date).days


def stored(path: Path = FILE) -> Stored:
    """Reads the list. Raises BuildError for another file."""
    try:
        content = json.loads(path.read_text("utf-8"))
        for one in content["advisories"]:
            if not (one["id"] and one["affected"]):
                raise ValueError("an advisory without id or packages")
            for affected in one["affected"]:
                affects(affected, "0")
        return Stored(date=datetime.date.fromisoformat(content["date"]), advisories=content["advisories"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BuildError(f"{path.name} is not a list of advisories: {type(error).__name__}: {error}") from None


def found(list_: Stored, ecosystem: str, packages: dict[str, str]) -> list[str]:
    """One sentence for each advisory about one of these packages (name -> version)."""
    return [
        f"{name} {version}: {one['id']} {one.get('summary', '')}".rstrip()
        for one in list_.advisories
        for affected in one["affected"]
        if affected["package"]["ecosystem"] == ecosystem
        for name, version in packages.items()
        if _same(ecosystem, affected["package"]["name"], name) and affects(affected, version)
    ]


def affects(affected: dict[str, Any], version: str) -> bool:
    """OSV's evaluation: the version is listed, or is in a range. A version that cannot be compared counts as
    affected."""
    if version in affected.get("versions", ()):
        return True
    return any(_inside(one["events"], version) for one in affected.get("ranges", ()) if one["type"] != "GIT")


def _inside(events: list[dict[str, str]], version: str) -> bool:
    try:
        mine, inside = Version(version), False
        for event in sorted(events, key=lambda one: Version(next(iter(one.values())))):
            ((kind, at),) = event.items()
            if kind == "introduced" and mine >= Version(at):
                inside = True
            elif (kind == "fixed" and mine >= Version(at)) or (kind == "last_affected" and mine > Version(at)):
                inside = False
    except InvalidVersion:
        return True
    return inside


def _same(ecosystem: str, one: str, other: str) -> bool:
    return normal(one) == normal(other) if ecosystem == "PyPI" else one == other
