"""What a team decides about its admin, checked when it is built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphile_worker.admin.server.auth import AdminAuthConfig
from graphile_worker.admin.server.hosts import is_loopback, parse_listen, split_host
from graphile_worker.core.database import Pool
from graphile_worker.core.schema import Schema
from graphile_worker.core.utils import WorkerUtils


@dataclass(frozen=True, kw_only=True)
class _Options:
    schema: Schema | str | None = None  # the schema of `utils`; given again it must be the same
    schema_name: str | None = None  # the same as a name
    listen_addr: str = "127.0.0.1:4000"  # loopback: nobody else reaches it by accident
    auth: AdminAuthConfig = field(default_factory=AdminAuthConfig.basic_with_random_password)
    read_only: bool = False  # True refuses every write
    allowed_hosts: Sequence[str] = ()  # Host names answered besides loopback and the listen address
    body_limit: int = 2 * 1024 * 1024  # bytes of a request body, as the reference
    freshness: float = 2.0  # seconds that counts may be shared among readers; their age is in the answer


@dataclass(frozen=True)
class AdminServerConfig(_Options):
    """The admin of one schema. Raises ValueError for combinations that are not safe or not possible."""

    pool: Pool = field(kw_only=False, repr=False)
    utils: WorkerUtils = field(kw_only=False, repr=False)

    def __post_init__(self) -> None:
        for given in (self.schema, self.schema_name):
            if given is not None and Schema.of(given) != self.utils.schema:
                raise ValueError(f"the schema must be the one of utils, {self.utils.schema.name!r}")
        host, _ = parse_listen(self.listen_addr)
        if self.auth.mode == "none" and not is_loopback(host):
            raise ValueError(f"auth mode none is only allowed on a loopback address, not on {host}")
        if isinstance(self.allowed_hosts, str):
            raise ValueError("allowed_hosts must be a list of names")
        for name in self.allowed_hosts:
            if split_host(name.strip()) is None:
                raise ValueError(f"{name!r} is not a host name")
        if self.body_limit < 1024 or self.freshness < 0:
            raise ValueError("body_limit must be at least 1024 and freshness must not be negative")
