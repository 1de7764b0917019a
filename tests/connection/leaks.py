"""Whether a text shows a piece of a secret, and texts that hold a secret in every wrong place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote

from hypothesis import strategies as st

from tests.connection.cases import Case

PIECE = 3  # so many characters in a row are a piece
# Hardly in a sentence of ours: where a piece with one of these is shown, it is of the secret.
LETTERS = "QXZJqjzéß北🜚"
MARKS = "/?#@:[]&=+%'\"\\;,$<>{}|^~!*()-_. \t"
WORDS = st.text(st.sampled_from(LETTERS), min_size=1, max_size=5)
SECRETS = (
    st.lists(st.one_of(WORDS, WORDS, st.sampled_from(MARKS)), min_size=3, max_size=10)
    .map("".join)
    .filter(lambda text: len(pieces(text)) > 2)
)


def pieces(secret: str) -> set[str]:
    """Every three characters in a row that say something about the secret."""
    rows = {secret[at : at + PIECE] for at in range(len(secret) - PIECE + 1)}
    return {row for row in rows if any(letter in LETTERS for letter in row)}


def shown(secret: str, text: str) -> set[str]:
    """The pieces of the secret that a text shows, plainly, percent-encoded, or escaped as `repr` does."""
    plain = text.replace("\\\\", "\\").replace("\\'", "'").replace("\\t", "\t")
    forms = (text, plain, unquote(text), unquote(plain))
    return {piece for piece in pieces(secret) if any(piece in form for form in forms)}


HOSTS = [
    "127.0.0.1:<one>/a", "127.0.0.1:<one>/missing", "127.0.0.1:<dead>/a", "127.0.0.1:70000/a", "127.0.0.1:abc/a", "[::1/a",
    "127.0.0.1,,127.0.0.1:<one>/a", "127.0.0.1:<dead>,127.0.0.1:<one>/a", "%2Fmissing/a", "nowhere.invalid/a",
    "127.0.0.1:<one>/%zz", "localhost:<tls>/a?sslmode=verify-full&sslrootcert=<other-ca%>", "/a", "", "127.0.0.1:<one>",
]  # fmt: skip
QUERIES = [
    "", "nonsense=1", "sslmode=x", "sslmode=require", "sslrootcert=/missing", "connect_timeout=x", "service=none",
    "options=-c%20x%3D1", "channel_binding=require", "target_session_attrs=standby", "pgbouncer=true", "=", "x", "%",
]  # fmt: skip
Shape = Callable[[str, str, str], Case]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _uri(pattern: str) -> Shape:
    """An address with the secret at `{raw}` or `{code}`; `{host}` and `{query}` come from the lists above."""

    def shape(secret: str, host: str, query: str) -> Case:
        if (
            "@" not in pattern.partition("{raw}")[2]
        ):  # what stands behind the last @ is a host, whoever meant it as a password
            secret = secret.replace("@", "")
        address = pattern.replace("{raw}", secret).replace("{code}", quote(secret, safe="")).replace("{host}", host)
        return Case(pattern, address + (("&" if "?" in address else "?") + query if query else ""))

    return shape


def _keywords(pattern: str) -> Shape:
    def shape(secret: str, host: str, query: str) -> Case:
        host, port = ("127.0.0.1", "<one>") if host.startswith("127.0.0.1:<one>") else ("127.0.0.1,x", "<dead>")
        text = pattern.replace("{raw}", secret).replace("{escaped}", _escaped(secret))
        return Case(pattern, f"host={host} port={port} user=app {text} {query}")

    return shape


def _file(name: str, pattern: str, variables: dict[str, str], mode: int = 0o600) -> Shape:
    def shape(secret: str, host: str, query: str) -> Case:
        place = {"PGHOST": "127.0.0.1", "PGPORT": "<one>" if "<one>" in host else "<dead>", "PGUSER": "app"}
        return Case(f"{name}: {pattern}", None, place | variables, {name: pattern.replace("{raw}", secret)}, mode)

    return shape


def _variable(name: str, pattern: str = "{raw}") -> Shape:
    """A variable, with those without which it is not read."""
    besides = {"PGSSLKEY": {"PGSSLCERT": "/dev/null"}, "PGSERVICEFILE": {"PGSERVICE": "queue"}}.get(name, {})

    def shape(secret: str, host: str, query: str) -> Case:
        return Case(
            f"{name}: {pattern}", f"postgresql://app@{host}", {**besides, name: pattern.replace("{raw}", secret)}
        )

    return shape


def _as_path(name: str, pattern: str) -> Shape:
    """A parameter of a URI that holds what its file should hold."""

    def shape(secret: str, host: str, query: str) -> Case:
        value = quote(pattern.replace("{raw}", secret), safe="")
        return Case(
            f"{name}: {pattern}", f"postgresql://app@{host.partition('?')[0]}?{name}={value}&service=queue&{query}"
        )

    return shape


PATHS = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir", "sslkeylogfile", "servicefile", "passfile")
# What a file holds, where its path belongs.
CONTENTS = (
    "-----BEGIN PRIVATE KEY-----\n{raw}\n-----END PRIVATE KEY-----\n", "-----BEGIN EC PRIVATE KEY----- {raw}", "base64:{raw}",
    "h:5432:d:u:{raw}", "*:*:*:*:{raw}\n", "postgresql://app:{raw}@h/a", "[queue]\npassword={raw}\n",
)  # fmt: skip


QUEUE = {"PGSERVICE": "queue", "PGSERVICEFILE": "<home>/services"}
SHAPES: list[Shape] = [
    *map(_uri, [
        "postgresql://app:{raw}@{host}", "postgresql://app:{code}@{host}", "postgresql://:{raw}@{host}",
        "postgresql://app@one:{raw}@{host}", "postgresql://app:{raw}@@{host}", "postgresql://app:x/{raw}@{host}",
        "postgresql://app:x#{raw}@{host}", "postgresql://app:x?{raw}@{host}", "postgresql://app:x@{raw}@{host}",
        "postgresql://app:{raw}{host}", "postgresql://app:{raw}", "postgresql://app:{code}%zz@{host}",
        "postgresql://app@{host}?password={raw}", "postgresql://app@{host}?password={code}",
        "postgresql://app@{host}?password=x&{raw}", "postgresql://app@{host}?sslpassword={raw}",
        "postgresql://app:{raw}@{host}?password={raw}", "postgresql://app@{host}?passwort={raw}", "POSTGRES://app:{raw}@{host}",
        "postgresql+asyncpg://app:{raw}@{host}", "jdbc:postgresql://app:{raw}@{host}", "postgresql//app:{raw}@{host}",
        "postgresql:/app:{raw}@{host}", "postgresql:app:{raw}@{host}", "http://app:{raw}@{host}", "app:{raw}@{host}",
        "psql postgresql://app:{raw}@{host}", '"postgresql://app:{raw}@{host}"', "DATABASE_URL=postgresql://app:{raw}@{host}",
        "postgresql://app@{host};password={raw}", "postgresql://app@{host} password={raw}", "postgresql://app@{host}&amp;password={raw}",
        "postgresql://app@{host}?dbname=a;password={raw}", "postgresql://app@{host}?sslrootcert=/missing,password={raw}",
        "postgresql://app@{host}?options=x password={raw}", "postgresql://app@{host}?application_name=x?password={raw}",
        "postgresql://app@{host}?service=x;password={raw}", "postgresql://app@{host}?passfile=/x password={raw}",
        "postgresql://app:{raw}@{host} ", "postgresql://app:[{raw}]@{host}", "postgresql://app:<{raw}>@{host}", "{raw}", "QZj={raw}",
    ]),
    *map(_keywords, [
        "password={raw}", "password='{raw}'", "password='{escaped}'", "password='{raw}", "password = {raw}", "password={raw}\\",
        "password: {raw}", "password={raw} dbname", "{raw}", "{raw} password=x", "passwort={raw}", "sslpassword={raw}",
        "password=x{raw} x", "dbname=a;password={raw}", "dbname=a,password={raw}", "sslrootcert=/missing;password={raw}",
        "Username=app;Password={raw};Database=a", "service=x;password={raw}", "dbname='a password={raw}'",
    ]),
    *(_file("services", pattern, QUEUE) for pattern in (
        "[queue]\npassword={raw}\n", "[queue]\npassword {raw}\n", "{raw}\n[queue]\n", "password={raw}\n[queue]\n", "[queue]\n{raw}\n",
        "[{raw}\n[queue]\n", "[queue]\npasswort={raw}\n", "[queue]\npassword={raw}\nx\n", "[queue]\npassword={raw}\nport=x\n",
    )),
    *(_file(".pgpass", pattern, {}, mode) for pattern in ("*:*:*:*:{raw}\n", "{raw}\n", "*:*:*:{raw}", "*:*:*:app:{raw}") for mode in (0o600, 0o644)),
    *map(_variable, ["PGPASSWORD"]),
    *(_variable(f"PG{name.upper()}", one) for name in PATHS if name != "sslkeylogfile" for one in CONTENTS),
    *(_as_path(name, one) for name in PATHS for one in CONTENTS),
]  # fmt: skip
CASES = st.builds(
    lambda shape, secret, host, query: (secret, shape(secret, host, query)),
    st.sampled_from(SHAPES), SECRETS, st.sampled_from(HOSTS), st.sampled_from(QUERIES),
)  # fmt: skip


def each_shape(secret: str) -> Iterator[Case]:
    """Every shape once, with hosts and parameters in turn."""
    for number, shape in enumerate(SHAPES):
        yield shape(secret, HOSTS[number % len(HOSTS)], QUERIES[number % len(QUERIES)])
