"""Responses about the server: the session, the health probes, the OpenAPI description.

No postponed annotations here: NotRequired must be evaluated when a class is created.
"""

from typing import Any, Literal, NotRequired, TypedDict

from graphile_worker.admin.api.responses.diagnosis import Finding


class Auth(TypedDict):
    """How this admin authenticates requests."""

    mode: Literal["Basic", "Bearer", "Header", "Host", "None"]
    username: str | None
    header_name: str | None
    generated_secret: bool
    rights: NotRequired[list[str]]


class NamedDatabase(TypedDict):
    """One of several queues behind this server; `database` is null while the database is not available."""

    name: str
    schema: str
    database: str | None


class Session(TypedDict):
    """The server, the user and the CSRF token.

    `redacted`: what is hidden from this user. `offers`: for each action the reason why it is not offered, or null.
    """

    schema: str
    read_only: bool
    redacted: list[str]
    csrf_header: str
    csrf_token: str
    auth: Auth
    version: str
    database: str | None
    server_version: str | None
    role: NotRequired[str]
    warnings: list[Finding]
    offers: dict[str, str | None]
    db: NotRequired[str]
    databases: NotRequired[list[NamedDatabase]]


class Status(TypedDict):
    """The result of a health probe."""

    status: Literal["ok", "ready", "unavailable"]


class Info(TypedDict):
    """Title and version of an OpenAPI description."""

    title: str
    version: str


class Description(TypedDict):
    """An OpenAPI 3.1 document."""

    openapi: Literal["3.1.0"]
    info: Info
    paths: dict[str, Any]
    components: dict[str, Any]
    security: list[dict[str, list[str]]]
