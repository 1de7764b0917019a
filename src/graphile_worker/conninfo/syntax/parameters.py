"""The table of the known parameters of an address and their treatment, as in docs/connecting.md."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Treatment(Enum):
    """What the resolver does with a parameter."""

    HONOURED = "honoured"
    OVERRIDDEN = "accepted, without effect"
    CONDITIONAL = "accepted where it demands nothing, else refused"
    REFUSED = "refused"


class Parameter(NamedTuple):
    """A parameter of libpq: its name, its environment variable, its treatment."""

    name: str
    variable: str | None
    treatment: Treatment
    meaning: str
    allowed: frozenset[str] = frozenset()  # CONDITIONAL: the accepted values, besides the empty one
    secret: bool = False


def _honoured(name: str, variable: str | None, meaning: str, *, secret: bool = False) -> Parameter:
    return Parameter(name, variable, Treatment.HONOURED, meaning, secret=secret)


def _overridden(name: str, variable: str | None, meaning: str) -> Parameter:
    return Parameter(name, variable, Treatment.OVERRIDDEN, meaning)


def _conditional(name: str, variable: str | None, meaning: str, allowed: str = "") -> Parameter:
    return Parameter(name, variable, Treatment.CONDITIONAL, meaning, frozenset(allowed.split()))


def _refused(name: str, meaning: str) -> Parameter:
    return Parameter(name, None, Treatment.REFUSED, meaning, secret=True)


PARAMETERS = (
    _honoured("service", "PGSERVICE", "the section of a service file that gives further parameters"),
    _honoured("servicefile", "PGSERVICEFILE", "the service file; else `~/.pg_service.conf`, then `PGSYSCONFDIR`"),
    _honoured("host", "PGHOST", "one or several names, addresses or socket folders, with commas between them"),
    _honoured("hostaddr", "PGHOSTADDR", "an IP address for each `host`; certificates are compared with `host`"),
    _honoured("port", "PGPORT", "one port, or one for each host"),
    _honoured("dbname", "PGDATABASE", "the database; else the user's name"),
    _honoured("user", "PGUSER", "the role; else the name of the operating system's user"),
    _honoured("password", "PGPASSWORD", "the password", secret=True),
    _honoured("passfile", "PGPASSFILE", "the password file; else `~/.pgpass`; ignored where others may read it"),
    _honoured("connect_timeout", "PGCONNECT_TIMEOUT", "seconds for each host; 0 is no limit, in a pool 60 seconds"),
    _honoured("options", "PGOPTIONS", "settings for the server: `-c name=value`"),
    _honoured("application_name", "PGAPPNAME", "the name in `pg_stat_activity`"),
    _honoured("fallback_application_name", None, "`application_name` where that is not given"),
    _honoured("target_session_attrs", "PGTARGETSESSIONATTRS", "which of several servers is taken"),
    _honoured("load_balance_hosts", "PGLOADBALANCEHOSTS", "`random`: the hosts are tried in random order"),
    _honoured("keepalives", None, "0: no TCP keepalives"),
    _honoured("keepalives_idle", None, "seconds until the first keepalive"),
    _honoured("keepalives_interval", None, "seconds between keepalives"),
    _honoured("keepalives_count", None, "keepalives without an answer that end a connection"),
    _honoured("tcp_user_timeout", None, "milliseconds that sent data may stay unconfirmed"),
    _honoured("sslmode", "PGSSLMODE", "`disable`, `allow`, `prefer`, `require`, `verify-ca`, `verify-full`, Node's `no-verify`"),
    _honoured("sslnegotiation", "PGSSLNEGOTIATION", "`direct`: TLS from the first byte"),
    _honoured("sslrootcert", "PGSSLROOTCERT", "certificates to trust, `system` for the system's; else `~/.postgresql/root.crt`"),
    _honoured("sslcert", "PGSSLCERT", "our certificate; else `~/.postgresql/postgresql.crt`"),
    _honoured("sslkey", "PGSSLKEY", "its key; else `~/.postgresql/postgresql.key`"),
    _honoured("sslpassword", None, "the password of the key", secret=True),
    _conditional("sslcertmode", "PGSSLCERTMODE", "`disable`: our certificate is not sent", "disable allow"),
    _honoured("sslcrl", "PGSSLCRL", "revoked certificates; else `~/.postgresql/root.crl`"),
    _honoured("sslcrldir", "PGSSLCRLDIR", "a folder of revoked certificates"),
    _honoured("sslsni", "PGSSLSNI", "0: the host's name is not sent in clear"),
    _honoured("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION", "the lowest version of TLS"),
    _honoured("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION", "the highest version of TLS"),
    _honoured("sslkeylogfile", None, "a file for the keys of the sessions"),
    _overridden("sslcompression", "PGSSLCOMPRESSION", "TLS has no compression any more"),
    _overridden("client_encoding", "PGCLIENTENCODING", "always UTF8"),
    _honoured("krbsrvname", "PGKRBSRVNAME", "the Kerberos service of the server, where the `gssapi` package is installed"),
    _conditional("gsslib", "PGGSSLIB", "the library for GSSAPI", "gssapi sspi"),
    _conditional("gssencmode", "PGGSSENCMODE", "the driver has no GSSAPI encryption", "disable prefer"),
    _conditional("gssdelegation", "PGGSSDELEGATION", "the driver does not pass credentials on", "0"),
    _conditional("channel_binding", "PGCHANNELBINDING", "the driver has no channel binding", "disable prefer"),
    _conditional("require_auth", "PGREQUIREAUTH", "the driver takes the method that the server asks for"),
    _conditional("requirepeer", "PGREQUIREPEER", "the driver does not compare the owner of the server's process"),
    _conditional("min_protocol_version", "PGMINPROTOCOLVERSION", "the driver speaks version 3.0", "3.0"),
    _conditional("max_protocol_version", "PGMAXPROTOCOLVERSION", "the driver speaks version 3.0", "3.0 3.2 latest"),
    _conditional("replication", None, "a replication connection runs no queries of a queue", "false off no 0"),
    _refused("scram_client_key", "the driver takes a password"),
    _refused("scram_server_key", "the driver takes a password"),
    _refused("oauth_issuer", "the driver has no OAuth"),
    _refused("oauth_client_id", "the driver has no OAuth"),
    _refused("oauth_client_secret", "the driver has no OAuth"),
    _refused("oauth_scope", "the driver has no OAuth"),
)  # fmt: skip

BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}

# Other clients' names for parameters of libpq.
ALIASES = {
    "database": "dbname",
    "ssl-mode": "sslmode",
    "ssl_mode": "sslmode",
    "ssl-root-cert": "sslrootcert",
    "ssl-cert": "sslcert",
    "ssl-key": "sslkey",
    "ApplicationName": "application_name",
    "loadBalanceHosts": "load_balance_hosts",
    "targetServerType": "target_session_attrs",
    "encoding": "client_encoding",
}


def is_secret(name: str) -> bool:
    """Whether the value of a parameter must not be shown."""
    known = BY_NAME.get(ALIASES.get(name, name))
    return known.secret if known else "pass" in name.lower() or "secret" in name.lower()


def nearest(name: str) -> str | None:
    """The parameter of libpq with the most similar name."""
    from difflib import get_close_matches

    found = get_close_matches(name.lower(), [*BY_NAME, "ssl"], n=1, cutoff=0.7)
    return found[0] if found else None
