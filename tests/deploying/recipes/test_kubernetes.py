"""The manifests of docs/deploying/kubernetes against the schemas of Kubernetes, and against what the image is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploying.programs import RECIPES, ROOT, program

MANIFESTS = sorted((RECIPES / "kubernetes").glob("*.yaml"))


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_the_schemas_accept_every_document(path: Path) -> None:
    done = subprocess.run([program("kubernetes-validate"), "--strict", path], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    documents = [one for one in yaml.safe_load_all(path.read_text()) if one]
    assert (done.stdout + done.stderr).count(" passed for resource ") == len(documents)


def test_a_wrong_field_is_refused(tmp_path: Path) -> None:
    """The validator does look: a field with a slip of the pen."""
    text = (RECIPES / "kubernetes/admin.yaml").read_text()
    (tmp_path / "admin.yaml").write_text(text.replace("readOnlyRootFilesystem", "readOnlyRootFileSystem"))
    done = subprocess.run([program("kubernetes-validate"), "--strict", tmp_path / "admin.yaml"], capture_output=True)
    assert done.returncode != 0


def test_the_pod_is_closed_up_and_asks_the_probes_of_the_admin() -> None:
    container, pod = _pod()
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"]
    asked = {name: container[name]["httpGet"] for name in ("livenessProbe", "readinessProbe")}
    assert {name: (one["path"], one["port"]) for name, one in asked.items()} == {
        "livenessProbe": ("/healthz", "http"), "readinessProbe": ("/readyz", "http"),
    }  # fmt: skip
    assert container["resources"]["limits"]["memory"]
    user = str(pod["securityContext"]["runAsUser"])
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert f"USER {user}:{user}" in dockerfile
    port = str(container["ports"][0]["containerPort"])
    assert f"EXPOSE {port}" in dockerfile and re.search(rf"_LISTEN=0\.0\.0\.0:{port}$", dockerfile, re.MULTILINE)


def _pod() -> tuple[dict[str, Any], dict[str, Any]]:
    deployment = next(yaml.safe_load_all((RECIPES / "kubernetes/admin.yaml").read_text()))
    pod = deployment["spec"]["template"]["spec"]
    return pod["containers"][0], pod
