"""Parameters after `?`: those that override the authority, libpq's others, other programs', unknown and malformed ones."""

from __future__ import annotations

from tests.connection.cases import Case

AT = "postgresql://app:app-secret@127.0.0.1:<one>"

OVERRIDING = [
    f"{AT}/?dbname=b",
    f"{AT}?dbname=b",
    f"{AT}/a?dbname=b",
    f"{AT}/a?dbname=",
    f"{AT}/a?dbname=a&dbname=b",
    f"{AT}/a?user=other&password=other%20secret",
    f"{AT}/a?user=other",
    f"{AT}/a?password=wrong",
    f"{AT}/a?user=&password=",
    "postgresql://127.0.0.1:<one>/a?user=app&password=app-secret",
    "postgresql://127.0.0.1:<one>/a?user=app&password=app-secret&dbname=with%20space",
    "postgresql://nobody:wrong@127.0.0.1:<one>/a?user=app&password=app-secret",
    "postgresql:///?host=127.0.0.1&port=<one>&user=app&password=app-secret&dbname=b",
    "postgresql://?host=127.0.0.1&port=<one>&user=app&password=app-secret&dbname=b",
    "postgresql://app@127.0.0.1:<one>/a?password=app-secret",
    "postgresql://:app-secret@127.0.0.1:<one>/a?user=app",
    "postgresql://:app-secret@127.0.0.1:<one>/a",
    "postgresql://app:@127.0.0.1:<one>/a",
    "postgresql://@127.0.0.1:<one>/a?user=app&password=app-secret",
    "postgresql://:@127.0.0.1:<one>/a?user=app&password=app-secret",
]
SHAPES = [
    "?", "?&", "?dbname=b&", "?&dbname=b", "?dbname=b&&", "?dbname", "?=b", "?dbname=b=c", "?DBNAME=b", "?db%6Eame=b",
    "?dbname=b;user=app", "?dbname=b%", "?dbname=%zz", "?dbname=with+space", "?dbname=with space", "?dbname=b#x",
    "?dbname=b?user=app", "?application_name=x%26y", "?dbname=%00",
]  # fmt: skip
LIBPQ = [
    "application_name=mine", "fallback_application_name=mine", "connect_timeout=10", "connect_timeout=0",
    "connect_timeout=-1", "connect_timeout=1", "connect_timeout=abc", "connect_timeout=", "connect_timeout=3s",
    "connect_timeout=10.5", "client_encoding=UTF8", "client_encoding=LATIN1", "client_encoding=auto",
    "client_encoding=nonsense", "keepalives=1", "keepalives=0", "keepalives=x", "keepalives_idle=30",
    "keepalives_interval=10", "keepalives_count=3", "tcp_user_timeout=10000", "tcp_user_timeout=x",
    "gssencmode=disable", "gssencmode=prefer", "gssencmode=require", "gssencmode=x", "krbsrvname=postgres",
    "gsslib=gssapi", "channel_binding=disable", "channel_binding=prefer", "channel_binding=require", "channel_binding=x",
    "sslsni=0", "sslsni=1", "sslcompression=0", "requirepeer=nobody", "replication=database", "replication=false",
    "require_auth=scram-sha-256", "require_auth=none", "require_auth=!password", "require_auth=x",
    "load_balance_hosts=disable", "load_balance_hosts=random", "load_balance_hosts=x", "sslcertmode=disable",
    "sslcertmode=require", "sslnegotiation=postgres", "sslnegotiation=direct", "gssdelegation=0",
    "ssl_min_protocol_version=TLSv1.2", "ssl_min_protocol_version=x", "ssl_max_protocol_version=TLSv1.3",
    "min_protocol_version=3.0", "max_protocol_version=3.2", "servicefile=/missing", "scram_client_key=x",
    "options=-c%20search_path%3Db", "options=-csearch_path%3Db", "options=--search_path%3Db",
    "options=--search-path%3Db", "options=-c%20search_path%3Da%5C%20b", "options=-c%20statement_timeout%3D7s%20-c%20search_path%3Db",
    "options=-c search_path=b", "options=-c+search_path%3Db", "options=endpoint%3Dep-cool-darkness-123456",
    "options=project%3Dx", "options=", "options=-c%20nonsense%3D1", "options=-c", "options=reference%3Dx",
    "options=-c%20role%3Dother", "options=-c%20default_transaction_read_only%3Don",
]  # fmt: skip
OTHERS = [
    "pgbouncer=true", "connection_limit=5", "pool_timeout=10", "schema=public", "sslaccept=strict",
    "sslaccept=accept_invalid_certs", "currentSchema=b", "statusColor=686B6F", "uselibpqcompat=true",
    "uselibpqcompat=true&sslmode=disable", "statement_cache_size=0", "prepared_statement_cache_size=0",
    "prepareThreshold=0", "ssl=true", "ssl=false", "ssl=0", "ssl=1", "ssl=no-verify", "sslmode=no-verify", "encoding=utf8",
    "db=b", "database=b", "username=other", "pool_size=5", "max_connections=5", "pool_max_conns=5", "socket_timeout=10",
    "sslidentity=x", "sslpassword=x", "workaround=supabase-pooler.vercel", "supa=base-pooler.x", "env=x", "name=x",
    "tLSMode=0", "usePrivateKey=false", "safeModeLevel=0", "driverVersion=0", "lazyload=true", "charset=utf8",
    "statement_timeout=1000", "lock_timeout=1000", "idle_in_transaction_session_timeout=1000", "query_timeout=1000",
    "search_path=b", "timezone=UTC", "target_session_attr=any", "sslmod=disable", "dbnam=b", "hots=127.0.0.1",
    "unheard=y", "nonsense", "password_=x", "passwd=x", "loginTimeout=10", "ApplicationName=x", "application-name=x",
]  # fmt: skip
CASES = [
    *(Case(f"{n} {address}", address) for n, address in enumerate(OVERRIDING)),
    *(Case(f"{n} {shape}", f"{AT}/a{shape}") for n, shape in enumerate(SHAPES)),
    *(Case(f"{n} {parameter}", f"{AT}/a?{parameter}") for n, parameter in enumerate([*LIBPQ, *OTHERS])),
    *(
        Case(f"{n} {parameter} on a socket", f"postgresql://app:app-secret@<one-dir%>:<one>/a?{parameter}")
        for n, parameter in enumerate(["requirepeer=nobody", "requirepeer=other", "channel_binding=require"])
    ),
]
