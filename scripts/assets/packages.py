"""npm packages by name, version and SHA-256 of the tarball, cached in a git-ignored folder."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path

from scripts.assets.failure import BuildError
from scripts.assets.node import npm

LOCK = Path(__file__).with_name("packages.lock")


def locked(lock: Path = LOCK) -> dict[str, tuple[str, str]]:
    """Name -> (version, hash) from the lock file."""
    lines = [line.split() for line in lock.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return {name: (version, digest) for name, version, digest in lines}


def package(name: str, cache: Path, lock: Path = LOCK) -> Path:
    """The folder of an unpacked package. Raises BuildError if its hash differs from the lock."""
    version, digest = locked(lock)[name]
    cache.mkdir(parents=True, exist_ok=True)
    tarball = cache / f"{name.replace('@', '').replace('/', '-')}-{version}.tgz"
    if not tarball.exists():
        fetch(f"{name}@{version}", tarball)
    check(tarball, digest)
    folder = tarball.with_suffix("")
    if not (folder / digest).exists():
        shutil.rmtree(folder, ignore_errors=True)
        with tarfile.open(tarball) as archive:
            if hasattr(tarfile, "data_filter"):  # Debian 12's 3.11.2 is older than it; the bytes are the locked ones
                archive.extraction_filter = tarfile.data_filter
            archive.extractall(folder)
        (folder / digest).touch()
    return folder / "package"


def check(tarball: Path, digest: str) -> None:
    """Raises BuildError unless the file has this SHA-256."""
    found = hashlib.sha256(tarball.read_bytes()).hexdigest()
    if found != digest:
        raise BuildError(
            f"{tarball.name} is not the package of the lock file (SHA-256 {found}, locked {digest}): "
            f"delete {tarball} and build again, and look twice if it says so again"
        )


def fetch(name: str, tarball: Path) -> None:
    """Downloads the tarball with npm."""
    print(f"build: fetching the npm package {name}", flush=True)
    folder = tarball.with_suffix(".part")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    done = subprocess.run([*npm(), "pack", "--silent", name], cwd=folder, capture_output=True, text=True, check=False)
    found = list(folder.glob("*.tgz"))
    if done.returncode or len(found) != 1:
        last = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise BuildError(f"npm could not fetch {name}: {' / '.join(last) or 'it said nothing'}")
    found[0].replace(tarball)
    shutil.rmtree(folder)
