"""The bill of materials (CycloneDX): content and dependencies of the wheel, reproducible for the same sources."""

from __future__ import annotations

import hashlib
import json
import tomllib
import uuid
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from graphile_worker.admin import manifest
from scripts.assets.packages import locked, package
from scripts.supply.locks import ROOT, Pinned, runtime

FILE = ROOT / ".build/graphile-worker.cdx.json"
TOOLS = ("uglify-js",)  # build tools: no byte of them is in the page's files
_SPACE = uuid.UUID("5b1b5e8e-3f0a-5a51-9d0c-6d1b9a4a5f6e")  # of the serial numbers


def text(root: Path = ROOT) -> str:
    """The bill of materials of this source tree and its built assets. Raises BuildError, AssetsChanged."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    licenses = LicenseFactory()
    ourselves = Component(
        name=project["name"], version=project["version"], type=ComponentType.APPLICATION,
        bom_ref=f"pkg:pypi/{project['name']}@{project['version']}",
        licenses=[licenses.make_from_string(project["license"])],
        purl=PackageURL("pypi", name=project["name"], version=project["version"]),
    )  # fmt: skip
    bom = Bom()
    bom.metadata.component = ourselves
    required, direct, optional = runtime(root)
    python = {name: _python(one, ComponentScope.OPTIONAL if name in optional else ComponentScope.REQUIRED) for name, one in required.items()}  # fmt: skip
    npm = [_npm(name, root, licenses) for name in locked() if name not in TOOLS]
    files = [
        Component(
            name=f"graphile_worker/admin/assets/{name}", type=ComponentType.FILE,
            bom_ref=f"file:{name}", hashes=[_sha256(hashlib.sha256(data).hexdigest())],
        )
        for name, data in manifest.read(root / "src/graphile_worker/admin/assets").items()
    ]  # fmt: skip
    for one in (*python.values(), *npm, *files):
        bom.components.add(one)
    bom.register_dependency(ourselves, [*(python[name] for name in direct), *npm])
    for name, component in python.items():
        bom.register_dependency(component, [python[one.name] for one in required.values() if name in one.parents])
    made: dict[str, Any] = json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    # the library adds the time and a random number, which are not reproducible
    del made["metadata"]["timestamp"], made["serialNumber"]
    number = uuid.uuid5(_SPACE, json.dumps(made, sort_keys=True))
    return json.dumps(made | {"serialNumber": f"urn:uuid:{number}"}, indent=1, sort_keys=True) + "\n"


def write() -> Path:
    """Writes the file for the wheel."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text(), "utf-8")
    return FILE


def _sha256(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest)


def _python(one: Pinned, scope: ComponentScope) -> Component:
    """A requirement. A release has several files, so their hashes are properties of the component."""
    marker = [Property(name="graphile-worker:marker", value=one.marker)] if one.marker else []
    return Component(
        name=one.name, version=one.version, type=ComponentType.LIBRARY, scope=scope,
        bom_ref=f"pkg:pypi/{one.name}@{one.version}", purl=PackageURL("pypi", name=one.name, version=one.version),
        properties=[*(Property(name="graphile-worker:sha256", value=digest) for digest in one.hashes), *marker],
    )  # fmt: skip


def _npm(name: str, root: Path, licenses: LicenseFactory) -> Component:
    """A package of packages.lock with the licence of its package.json, whose hash is locked."""
    version, digest = locked()[name]
    described = json.loads((package(name, root / ".build") / "package.json").read_text("utf-8"))
    space, _, short = name.rpartition("/")
    purl = PackageURL("npm", namespace=space or None, name=short, version=version)
    return Component(
        name=short, group=space or None, version=version, type=ComponentType.LIBRARY, scope=ComponentScope.REQUIRED,
        bom_ref=str(purl), purl=purl, hashes=[_sha256(digest)],
        licenses=[licenses.make_from_string(described["license"])],
    )  # fmt: skip
