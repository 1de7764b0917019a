"""TLS modes and files, and what a session must be (`target_session_attrs`)."""

from __future__ import annotations

from tests.connection.cases import Case

WHO = "postgresql://app:app-secret@"
MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full", "x", ""]
ATTRIBUTES = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby", "x", ""]
ORDERS = [
    "127.0.0.1:<standby>,127.0.0.1:<one>",
    "127.0.0.1:<one>,127.0.0.1:<standby>",
    "127.0.0.1:<standby>",
    "127.0.0.1:<dead>,127.0.0.1:<one>",
]
TLS = [
    "localhost:<tls>/a?sslmode=verify-full&sslrootcert=<ca%>",
    "127.0.0.1:<tls>/a?sslmode=verify-full&sslrootcert=<ca%>",
    "127.0.0.1:<tls>/a?sslmode=verify-ca&sslrootcert=<ca%>",
    "localhost:<one>/a?sslmode=verify-full&sslrootcert=<ca%>",
    "wrong.example:<tls>/a?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=<ca%>",
    "wrong.example:<tls>/a?hostaddr=127.0.0.1&sslmode=verify-ca&sslrootcert=<ca%>",
    "wrong.example:<tls>/a?hostaddr=127.0.0.1&sslmode=require",
    "/a?hostaddr=127.0.0.1&port=<tls>&sslmode=verify-full&sslrootcert=<ca%>",
    "localhost:<tls>/a?sslmode=verify-full&sslrootcert=<other-ca%>",
    "localhost:<tls>/a?sslmode=verify-ca&sslrootcert=<other-ca%>",
    "localhost:<tls>/a?sslmode=require&sslrootcert=<other-ca%>",
    "localhost:<tls>/a?sslmode=prefer&sslrootcert=<other-ca%>",
    "localhost:<tls>/a?sslmode=require&sslrootcert=<ca%>",
    "localhost:<tls>/a?sslrootcert=<ca%>",
    "localhost:<tls>/a?sslmode=verify-full&sslrootcert=/missing",
    "localhost:<tls>/a?sslmode=require&sslrootcert=/missing",
    "localhost:<tls>/a?sslmode=verify-full&sslrootcert=<home>",
    "localhost:<tls>/a?sslmode=verify-full&sslrootcert=system",
    "localhost:<tls>/a?sslrootcert=system",
    "localhost:<tls>/a?sslmode=require&sslcert=/missing",
    "localhost:<tls>/a?sslmode=require&sslcert=<ca%>&sslkey=/missing",
    "localhost:<tls>/a?sslmode=disable&sslcert=/missing&sslkey=/missing",
    "localhost:<tls>/a?sslmode=verify-full&sslrootcert=<ca%>&sslcrl=/missing",
    "localhost:<tls>/a?sslmode=require&ssl_min_protocol_version=TLSv1.3",
    "localhost:<tls>/a?sslmode=require&ssl_max_protocol_version=TLSv1.2",
    "localhost:<tls>/a?sslmode=require&ssl_min_protocol_version=TLSv1.3&ssl_max_protocol_version=TLSv1.2",
    "localhost:<tls>/a?sslmode=require&sslsni=0",
    "localhost:<tls>/a?sslmode=require&channel_binding=require",
    "localhost:<tls>/a?sslmode=require&channel_binding=prefer",
    "localhost:<tls>/a?sslmode=require&sslnegotiation=direct",
    "localhost:<tls>/a?ssl=true",
    "localhost:<tls>/a?requiressl=1",
    "localhost:<tls>/a?sslmode=require&uselibpqcompat=true",
    "localhost:<tls>/a?sslmode=no-verify",
    "<one-dir%>:<one>/a?sslmode=require",
    "<one-dir%>:<one>/a?sslmode=verify-full",
    "localhost:<tls>,127.0.0.1:<one>/a?sslmode=disable",
    "localhost:<one>,127.0.0.1:<tls>/a?sslmode=require",
]
ROOT = ".postgresql/root.crt"
HOMES: list[tuple[str, dict[str, str]]] = [
    ("localhost:<tls>/a", {ROOT: "<ca-text>"}),
    ("localhost:<tls>/a?sslmode=verify-full", {ROOT: "<ca-text>"}),
    ("localhost:<tls>/a?sslmode=verify-ca", {ROOT: "<ca-text>"}),
    ("localhost:<tls>/a?sslmode=require", {ROOT: "<other-ca-text>"}),
    ("localhost:<tls>/a?sslmode=prefer", {ROOT: "<other-ca-text>"}),
    ("localhost:<tls>/a?sslmode=allow", {ROOT: "<other-ca-text>"}),
    ("localhost:<tls>/a?sslmode=disable", {ROOT: "<other-ca-text>"}),
    ("localhost:<tls>/a?sslmode=require", {ROOT: "no certificate"}),
    ("localhost:<tls>/a?sslmode=verify-full", {ROOT: "<other-ca-text>"}),
]
CASES = [
    *(Case(f"sslmode={m} to {p}", f"{WHO}127.0.0.1:<{p}>/a?sslmode={m}") for m in MODES for p in ("one", "tls")),
    *(Case(f"PGSSLMODE={m} to {p}", f"{WHO}127.0.0.1:<{p}>/a", {"PGSSLMODE": m}) for m in MODES for p in ("one", "tls")),
    *(Case(f"{n} {rest}", WHO + rest) for n, rest in enumerate(TLS)),
    *(Case(f"{n} {rest} with a root certificate", WHO + rest, files=files) for n, (rest, files) in enumerate(HOMES)),
    Case("PGSSLROOTCERT", f"{WHO}localhost:<tls>/a", {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "<ca>"}),
    Case("PGSSLROOTCERT missing", f"{WHO}localhost:<tls>/a", {"PGSSLMODE": "verify-ca", "PGSSLROOTCERT": "/missing"}),
    *(
        Case(f"{attribute} of {order}", f"{WHO}{order}/a?target_session_attrs={attribute}")
        for attribute in ATTRIBUTES
        for order in ORDERS
    ),
    Case("read-write in keywords", "host=127.0.0.1,localhost port=<standby>,<one> user=app password=app-secret dbname=a target_session_attrs=read-write"),
]  # fmt: skip
