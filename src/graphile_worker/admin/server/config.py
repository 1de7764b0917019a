"""What a team decides about its admin, checked when it is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from graphile_worker.admin.api.redaction.redact import Redaction
from graphile_worker.admin.server.audit.events import AuditSink, to_log
from graphile_worker.admin.server.http.paths import check_prefix
from graphile_worker.admin.server.limits.sources import parse_proxies
from graphile_worker.admin.server.process.tls import check_certificate
from graphile_worker.admin.server.security.auth import AdminAuthConfig
from graphile_worker.admin.server.security.exposure import check_exposure
from graphile_worker.admin.server.security.hosts import AllowedHost, parse_listen
from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.schema import Schema
from graphile_worker.worker_utils import WorkerUtils

NAME_MAX = 128


class _ReadName(str):
    """A name that was read from `utils`. dataclasses.replace passes it on; it does not bind the new `utils`."""

    __slots__ = ()


def _is_read(given: Schema | str) -> bool:
    return isinstance(given.name if isinstance(given, Schema) else given, _ReadName)


@dataclass(frozen=True, kw_only=True)
class _Options:
    schema: Schema | str | None = None  # given or not, then the Schema of `utils`; another one is refused
    schema_name: str | None = None  # its name, likewise
    listen_addr: str = "127.0.0.1:4000"  # loopback: nobody else reaches it by accident
    auth: AdminAuthConfig = field(default_factory=AdminAuthConfig.basic_with_random_password)
    read_only: bool = False  # True refuses every write
    allowed_hosts: Sequence[str] = ()  # Host names answered besides loopback and the listen address
    trusted_proxies: Sequence[str] = ()  # addresses or networks whose X-Forwarded-For names the source of a request
    body_limit: int = 2 * 1024 * 1024  # bytes of a request body, as the reference
    freshness: float = 2.0  # seconds that counts may be shared among readers; their age is in the answer
    redact: Sequence[str] = ()  # hidden from viewers: `all`, or paths into payloads as "customer.email"
    tls_cert: str | None = None  # a PEM file: `serve` ends TLS itself; SIGHUP reads it anew
    tls_key: str | None = None  # the key of the certificate, a PEM file without a passphrase
    behind_tls: bool = False  # True: a proxy in front ends TLS, so `serve` does not warn of plain text
    prefix: str = ""  # the path in front of every address, as "/queue", where nobody else takes it off
    audit: AuditSink | None = field(default=to_log, repr=False)  # gets each AuditEvent; None: nobody does
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
            if given is not None and not _is_read(given) and Schema.of(given) != self.utils.schema:
                raise ValueError(f"the schema must be the one of utils, {self.utils.schema.name!r}")
        read = _ReadName(self.utils.schema.name)
        object.__setattr__(self, "schema", Schema(read))
        object.__setattr__(self, "schema_name", read)
        host, _ = parse_listen(self.listen_addr)
        check_exposure(self.auth, host)
        check_certificate(self.tls_cert, self.tls_key)
        if isinstance(self.allowed_hosts, str):
            raise ValueError("allowed_hosts must be a list of names")
        for name in self.allowed_hosts:
            AllowedHost.parse(name)
        parse_proxies(self.trusted_proxies)
        if self.body_limit < 1024 or self.freshness < 0:
            raise ValueError("body_limit must be at least 1024 and freshness must not be negative")
        Redaction.of(self.redact)
        check_prefix(self.prefix)
        if self.first in self.others:
            raise ValueError(f"two queues cannot have the same name, {self.first!r}: give this one another `name`")
        for name in (self.first, *self.others):
            if not name.strip() or not name.isprintable() or len(name) > NAME_MAX:
                raise ValueError(f"{name!r} cannot be the name of a queue: 1 to {NAME_MAX} printable characters")

    @cached_property
    def redaction(self) -> Redaction:
        """What is hidden from viewers."""
        return Redaction.of(self.redact)

    @property
    def redacts_for_nobody(self) -> bool:
        """Whether something is to be hidden, and everybody who is let in may write."""
        users = self.auth.mode == "host" or getattr(self.auth, "users_path", None) is not None
        return bool(self.redact) and not users and not self.read_only

    @property
    def first(self) -> str:
        """The name of the queue that is meant where nothing is said."""
        return self.utils.schema.name if self.name is None else self.name

    def each(self) -> dict[str, AdminServerConfig]:
        """The configuration of every queue by its name, the first first."""
        return {self.first: self} | {
            name: replace(self, pool=utils.database.pool, utils=utils, name=name, others={})
            for name, utils in self.others.items()
        }
