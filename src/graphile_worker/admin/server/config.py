"""What a team decides about its admin, checked when it is built."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from graphile_worker.admin.server.auth import AdminAuthConfig
from graphile_worker.admin.server.hosts import is_loopback, parse_listen, split_host
from graphile_worker.core.database import Pool
from graphile_worker.core.schema import Schema
from graphile_worker.core.utils import WorkerUtils

NAME_MAX = 128
_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+", re.ASCII)


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
    prefix: str = ""  # the path in front of every address, as "/queue", where nobody else takes it off
    name: str | None = None  # of this queue among `others`: what ?db= says; its schema's name when not given
    others: Mapping[str, WorkerUtils] = field(default_factory=dict)  # more queues behind this server, by name


@dataclass(frozen=True)
class AdminServerConfig(_Options):
    """What a team decides about its admin. Raises ValueError for combinations that are not safe or not possible.

    `pool` and `utils` are the queue that is shown; `others` are more of them, chosen by `?db=NAME`.
    """

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
        if self.prefix and not _PREFIX.fullmatch(self.prefix):
            raise ValueError(f"the prefix must be a path as /queue or /a/b, not {self.prefix!r}")
        if self.first in self.others:
            raise ValueError(f"two queues cannot have the same name, {self.first!r}: give this one another `name`")
        for name in (self.first, *self.others):
            if not name.strip() or not name.isprintable() or len(name) > NAME_MAX:
                raise ValueError(f"{name!r} cannot be the name of a queue: 1 to {NAME_MAX} printable characters")

    @property
    def first(self) -> str:
        """The name of the queue that is meant where nothing is said."""
        return self.utils.schema.name if self.name is None else self.name

    def each(self) -> dict[str, AdminServerConfig]:
        """The configuration of every queue by its name, the first first."""
        alone = replace(self, schema=None, schema_name=None, others={})
        return {self.first: self} | {
            name: replace(alone, pool=utils.database.pool, utils=utils, name=name)
            for name, utils in self.others.items()
        }
