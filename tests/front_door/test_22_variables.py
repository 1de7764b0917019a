"""Case 22 in a container: each option of `admin` that a container sets has a variable.

The kind: every option of `admin`. One that has no variable is in a list here, with the reason.
"""

from __future__ import annotations

from typing import Any

import click
import pytest
import yaml

from graphile_worker.cli.commands.serving.admin import admin
from scripts.generate_docs import ROOT
from tests.cli.support import Program

PREFIX = "GRAPHILE_WORKER_ADMIN_"
ELSEWHERE = {
    "secret_out",  # of a generated secret: a container is given its secret
    "databases", "databases_file",  # GRAPHILE_WORKER_DATABASES has them
}  # fmt: skip
OF_ALL_COMMANDS = {"database_url", "schema", "max_connections", "ask_password", "json", "ndjson"}
OPTIONS = {str(one.name): one for one in admin.params if isinstance(one, click.Option)}
OPTIONS = {name: one for name, one in OPTIONS.items() if name not in ELSEWHERE | OF_ALL_COMMANDS}
VALUES: dict[str, tuple[str, Any]] = {
    "READ_ONLY": ("1", True),
    "NO_AUDIT": ("true", True),
    "BEHIND_TLS": ("yes", True),
    "REDACT": ("customer.email card", ("customer.email", "card")),
    "TRUSTED_PROXIES": ("10.0.0.1, 10.1.0.0/16", ("10.0.0.1", "10.1.0.0/16")),
    "ALLOWED_HOSTS": ("one.example,two.example", ("one.example", "two.example")),
    "LOG_LEVEL": ("error", "error"),
    "LOG_FORMAT": ("json", "json"),
    "AUTH": ("bearer", "bearer"),
}


@pytest.mark.parametrize("name", list(OPTIONS))
def test_an_option_takes_the_value_of_its_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    option = OPTIONS[name]
    assert option.envvar == PREFIX + name.upper() and option.show_envvar
    unset = admin.make_context("admin", []).params[name]
    given, wanted = VALUES.get(name.upper(), ("/some.thing", "/some.thing"))
    monkeypatch.setenv(PREFIX + name.upper(), given)
    context = admin.make_context("admin", [])
    assert context.params[name] == wanted
    monkeypatch.setenv(PREFIX + name.upper(), "")  # as compose gives what is not set
    assert admin.make_context("admin", []).params[name] == unset


@pytest.mark.parametrize(
    ("name", "value"),
    [("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"), ("AUTH", "oauth"), ("READ_ONLY", "perhaps"),
     ("TRUSTED_PROXIES", "10.0.0.1 proxy.example"), ("ALLOWED_HOSTS", "one.example,*")],
)  # fmt: skip
def test_a_wrong_value_is_a_usage_error_that_names_the_option(name: str, value: str) -> None:
    program = Program(None)
    ran = program("admin", **{PREFIX + name: value})
    assert (ran.code, ran.out) == (2, "") and OPTIONS[name.lower()].opts[0] in ran.err


def test_the_variables_of_the_manifests_exist() -> None:
    deployment = next(yaml.safe_load_all((ROOT / "docs/deploying/kubernetes/admin.yaml").read_text("utf-8")))
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    names = {one["name"] for one in container["env"] if one["name"].startswith(PREFIX)}
    assert names <= {str(one.envvar) for one in OPTIONS.values()} and PREFIX + "TRUSTED_PROXIES" in names
