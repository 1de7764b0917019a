"""What the build takes from npm is the locked bytes or nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts.assets import icons, interpreter, section
from scripts.assets.failure import BuildError
from scripts.assets.make import NAMES, build
from scripts.assets.packages import locked, package

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".build"
CLIENT = ROOT / "src/graphile_worker/admin/client"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A copy of the fetched tarballs."""
    for tarball in CACHE.glob("*.tgz"):
        shutil.copy(tarball, tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", sorted(locked()))
def test_a_flipped_byte_in_a_package_fails_the_build_and_writes_nothing(cache: Path, name: str) -> None:
    package(name, cache)
    tarball = next(path for path in cache.glob("*.tgz") if path.name.startswith(name.lstrip("@").replace("/", "-")))
    data = bytearray(tarball.read_bytes())
    data[len(data) // 2] ^= 1
    tarball.write_bytes(data)
    with pytest.raises(BuildError, match="is not the package of the lock file"):
        build(ROOT, cache, cache / "out")
    assert not (cache / "out").exists()


@pytest.mark.long
def test_a_build_is_repeatable_and_does_nothing_twice(cache: Path) -> None:
    assert build(ROOT, cache, cache / "one")
    assert not build(ROOT, cache, cache / "one")
    (cache / "stamp").unlink()
    assert build(ROOT, cache, cache / "two")
    one, two = ({path.name: path.read_bytes() for path in (cache / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert set(one) >= {name + suffix for name in NAMES for suffix in ("", ".gz", ".br")}


def test_another_version_of_the_interpreter_is_noticed() -> None:
    for old, _ in interpreter.PATCHES:
        text = "".join(other for other, _ in interpreter.PATCHES if other != old)
        with pytest.raises(BuildError, match="stands 0 times"):
            interpreter.patched(text)


def test_a_syntax_error_in_the_browser_program_names_file_and_line() -> None:
    with pytest.raises(BuildError, match=r"graphile_worker/x\.py is not MicroPython: .*[\s\S]*line 2"):
        section.compiled({"graphile_worker/x.py": "a = 1\nb = = 2\n"})


def test_an_unknown_icon_is_named(cache: Path) -> None:
    with pytest.raises(BuildError, match="no icon 'no-such-thing'"):
        icons.sprite(["check", "no-such-thing"], package("lucide-static", cache))


def test_every_icon_the_views_name_is_in_the_sprite() -> None:
    sprite = (ROOT / "src/graphile_worker/admin/assets/icons.svg").read_text("utf-8")
    wanted = icons.names(CLIENT)
    assert len(wanted) > 20
    assert [name for name in wanted if f'id="i-{name}"' not in sprite] == []


def test_the_lock_names_no_address() -> None:
    for path in [ROOT / "scripts/assets/packages.lock", *(ROOT / "requirements").iterdir()]:
        assert "://" not in path.read_text("utf-8"), path.name
