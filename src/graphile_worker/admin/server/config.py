"""The configuration of the admin, checked when it is constructed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from graphile_worker.admin.api.redaction.redact import Redaction
from graphile_worker.admin.server.audit.events import AuditSink, to_log
from graphile_worker.admin.server.http.paths import check_prefix
from graphile_worker.admin.server.limits.sources import parse_proxies
from graphile_worker.admin.server.page.environment import check_environment
from graphile_worker.admin.server.process.tls import check_certificate
from graphile_worker.admin.server.security.auth import AdminAuthConfig
from graphile_worker.admin.server.security.exposure import check_exposure
from graphile_worker.admin.server.security.hosts import AllowedHost, parse_listen
from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.schema import Schema
from graphile_worker.worker_utils import WorkerUtils

NAME_MAX = 128


class _NameOfUtils(str):
    """A schema name that was taken from `utils`. dataclasses.replace passes it on; new `utils` replace it."""

    __slots__ = ()


def _from_utils(value: Schema | str) -> bool:
    return isinstance(value.name if isinstance(value, Schema) else value, _NameOfUtils)


@dataclass(frozen=True, kw_only=True)
class _Options:
    schema: Schema | str | None = None  # always the Schema of `utils`; another value raises ValueError
    schema_name: str | None = None  # its name; another value raises ValueError
    listen_addr: str = "127.0.0.1:4000"  # loopback, so that other machines cannot reach it
    auth: AdminAuthConfig = field(default_factory=AdminAuthConfig.basic_with_random_password)
    read_only: bool = False  # refuses every write
    allowed_hosts: Sequence[str] = ()  # Host headers that are allowed besides loopback and the listen address
    trusted_proxies: Sequence[str] = ()  # addresses or networks whose X-Forwarded-For is trusted
    body_limit: int = 2 * 1024 * 1024  # bytes of a request body
    freshness: float = 2.0  # seconds for which counts are shared by requests; responses have their age
    environment: str | None = None  # shown as a badge, in the title and by the favicon, as "production"
    environment_color: str | None = None  # gray (the default), red, orange, green, blue or purple
    redact: Sequence[str] = ()  # hidden from viewers: `all`, or paths into payloads as "customer.email"
    tls_cert: str | None = None  # a PEM file: `serve` terminates TLS; SIGHUP reloads it
    tls_key: str | None = None  # the private key, a PEM file without a passphrase
    behind_tls: bool = False  # a proxy terminates TLS, so that `serve` does not warn of plain text
    prefix: str = ""  # the path before every address, as "/queue", unless a proxy strips it
    audit: AuditSink | None = field(default=to_log, repr=False)  # a function of each AuditEvent; None: no events
    name: str | None = None  # selects this queue among `others` by ?db=; by default the name of its schema
    others: Mapping[str, WorkerUtils] = field(default_factory=dict)  # other queues of this server, by name


@dataclass(frozen=True)
class AdminServerConfig(_Options):
    """The configuration of the admin. Raises ValueError for options that are invalid or unsafe.

    `pool` and `utils` are the default queue; `others` are more queues, selected by `?db=NAME`.
    """

    pool: Pool = field(kw_only=False, repr=False)
    utils: WorkerUtils = field(kw_only=False, repr=False)

    def __post_init__(self) -> None:
        for given in (self.schema, self.schema_name):
            if given is not None and not _from_utils(given) and Schema.of(given) != self.utils.schema:
                raise ValueError(f"the schema must be the one of utils, {self.utils.schema.name!r}")
        of_utils = _NameOfUtils(self.utils.schema.name)
        object.__setattr__(self, "schema", Schema(of_utils))
        object.__setattr__(self, "schema_name", of_utils)
        if self.name is None or _from_utils(self.name):
            object.__setattr__(self, "name", of_utils)
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
        check_environment(self.environment, self.environment_color)
        check_prefix(self.prefix)
        if self.queue_name in self.others:
            raise ValueError(f"two queues cannot have the same name, {self.queue_name!r}: give this one another `name`")
        for name in (self.queue_name, *self.others):
            if not name.strip() or not name.isprintable() or len(name) > NAME_MAX:
                raise ValueError(f"{name!r} cannot be the name of a queue: 1 to {NAME_MAX} printable characters")

    @cached_property
    def redaction(self) -> Redaction:
        """The values that are hidden from viewers."""
        return Redaction.of(self.redact)

    @property
    def redacts_for_nobody(self) -> bool:
        """Whether `redact` has no effect, because every user may write."""
        users = self.auth.mode == "host" or getattr(self.auth, "users_path", None) is not None
        return bool(self.redact) and not users and not self.read_only

    @property
    def queue_name(self) -> str:
        """`name` as a plain str; it is never None after the construction."""
        return str(self.name)

    @property
    def first(self) -> str:
        """The former name of `queue_name`, kept for one release."""
        return self.queue_name

    def each(self) -> dict[str, AdminServerConfig]:
        """The configuration of every queue by its name, this one first."""
        return {self.queue_name: self} | {
            name: replace(self, pool=utils.database.pool, utils=utils, name=name, others={})
            for name, utils in self.others.items()
        }
