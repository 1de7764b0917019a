"""The program of `scripts/audit`: lock files, npm packages, known advisories, and bandit."""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
from pathlib import Path

from scripts.assets import packages
from scripts.assets.failure import BuildError
from scripts.supply import advisories
from scripts.supply.locks import REQUIREMENTS, ROOT, pinned, unlocked

TOOLS = ROOT / ".bench/audit/bin"
SECONDS = 120  # that the advisory service has for all packages


def locks() -> list[str]:
    """Problems of the lock files and of the npm packages; missing packages are downloaded."""
    faults = unlocked()
    for lock in (packages.LOCK, ROOT / "tests/browser/packages.lock"):
        for name in packages.locked(lock):
            try:
                packages.package(name, ROOT / ".build", lock)
            except BuildError as error:
                faults.append(str(error))
    return faults


def known(path: Path) -> tuple[list[str], advisories.Stored]:
    """The advisories of the stored list for all locked packages. Raises BuildError if it cannot be read."""
    list_, found = advisories.stored(path), set[str]()
    for lock in REQUIREMENTS.glob("*.txt"):
        found.update(advisories.found(list_, "PyPI", {one.name: one.version for one in pinned(lock).values()}))
    for lock in (packages.LOCK, ROOT / "tests/browser/packages.lock"):
        found.update(advisories.found(list_, "npm", {name: at for name, (at, _) in packages.locked(lock).items()}))
    return sorted(found), list_


def from_service(lock: Path, tools: Path) -> list[str] | None:
    """The advisories of the service for one lock file; None if it is not reachable."""
    command = [tools / "pip-audit", "--requirement", lock, "--require-hashes", "--disable-pip", "--format", "json"]
    more = ["--vulnerability-service", "osv", "--progress-spinner", "off", "--timeout", "5"]
    try:
        done = subprocess.run([*map(str, command), *more], capture_output=True, text=True, timeout=SECONDS, check=False)
        listed = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, LookupError):
        return None
    return [f"{one['name']} {one['version']}: {hit['id']}" for one in listed for hit in one.get("vulns", ())]


def bandit(source: Path, tools: Path) -> list[str]:
    """Findings of medium and high severity. Raises BuildError if bandit could not read every file."""
    command = [tools / "bandit", "-r", source, "-f", "json", "-q", "-ll", "-c", ROOT / "pyproject.toml"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    try:
        output = json.loads(done.stdout)
        if output["errors"] or not output["metrics"]["_totals"]["loc"]:
            raise ValueError(output["errors"] or "it read no line")
        return [
            f"{Path(one['filename']).name}:{one['line_number']}: {one['test_id']} {one['issue_severity'].lower()}: {one['issue_text']}"
            for one in output["results"]
        ]
    except (ValueError, LookupError) as error:
        raise BuildError(f"bandit did not run: {error}; {done.stderr.strip()[-300:]}") from None


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 without findings, 1 with a line for each finding, 2 if a check failed."""
    parser = argparse.ArgumentParser(prog="audit", description="Looks for known faults in what we lock and write.")
    parser.add_argument("--offline", action="store_true", help="consult the stored list only")
    parser.add_argument("--advisories", type=Path, default=advisories.FILE, metavar="FILE", help="the stored list")
    parser.add_argument("--tools", type=Path, default=TOOLS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        findings = [*locks(), *_advised(options)]
        findings += bandit(ROOT / "src", options.tools)
    except BuildError as error:
        print(f"audit: {error}", file=sys.stderr)
        return 2
    for one in findings:
        print(f"audit: {one}")
    print(f"audit: {len(findings) or 'nothing'} found")
    return 1 if findings else 0


def _advised(options: argparse.Namespace) -> list[str]:
    """Findings of the stored list, and of the service if it answers; prints which one was used."""
    findings, list_ = known(options.advisories)
    answers: list[list[str] | None] = []
    for lock in [] if options.offline else sorted(REQUIREMENTS.glob("*.txt")):
        answers.append(from_service(lock, options.tools))
        if answers[-1] is None:
            break
    age = list_.age(datetime.datetime.now(datetime.UTC).date())
    source = f"the stored list of {list_.date} ({len(list_.advisories)} advisories, {age} days old)"
    if answers and None not in answers:
        print(f"audit: consulted the advisory service and {source}")
    else:
        reason = "as asked" if options.offline else "the advisory service could not be reached"
        print(f"audit: consulted only {source}: {reason}; newer advisories are not known here")
        if age > advisories.STALE_DAYS:
            print(f"audit: the stored list is older than {advisories.STALE_DAYS} days; compare it with the service")
    return sorted({*findings, *(one for answer in answers for one in answer or ())})


if __name__ == "__main__":
    sys.exit(main())
