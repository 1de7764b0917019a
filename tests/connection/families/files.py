"""Service files and password files: places, precedence, escapes, modes, and what is malformed in them."""

from __future__ import annotations

from tests.connection.cases import Case

PLACE = "host=127.0.0.1\nport=<one>\n"
WHO = "user=app\npassword=app-secret\n"
QUEUE = f"[queue]\n{PLACE}{WHO}dbname=b\n"
TWO = f"[queue]\nhost=127.0.0.1\nport=<two>\n{WHO}dbname=a\n"
FILE = {"PGSERVICEFILE": "<home>/services"}
NAMED = FILE | {"PGSERVICE": "queue"}

# How a service is named, with QUEUE in the file `services`.
NAMES: list[tuple[str | None, dict[str, str]]] = [
    (None, NAMED),
    ("service=queue", FILE),
    ("postgresql:///?service=queue", FILE),
    ("postgresql://?service=queue", FILE),
    ("postgresql:///?service=queue&dbname=a", FILE),
    ("postgresql:///a?service=queue", FILE),
    ("postgresql:///a", NAMED),
    ("postgresql://127.0.0.1:<two>/", NAMED),
    ("postgresql://other:other%20secret@/", NAMED),
    ("postgresql://other@/", NAMED),
    ("dbname=a", NAMED),
    ("service=queue dbname=a", FILE),
    ("service=queue port=<two>", FILE),
    ("service=queue host='' port=''", FILE),
    ("service=queue", NAMED | {"PGSERVICE": "other"}),
    ("service=other", NAMED),
    ("service=", NAMED),
    ("service=Queue", FILE),
    ("service='queue '", FILE),
    ("postgresql:///?service=que%75e", FILE),
    (None, NAMED | {"PGHOST": "::1", "PGPORT": "<two>", "PGUSER": "other", "PGPASSWORD": "wrong", "PGDATABASE": "a"}),
    (None, FILE | {"PGSERVICE": "missing", "PGHOST": "127.0.0.1", "PGPORT": "<one>"}),
    (None, NAMED | {"PGSERVICEFILE": "/missing"}),
    (None, NAMED | {"PGSERVICEFILE": "<home>"}),
    (None, NAMED | {"PGSERVICEFILE": ""}),
    (None, FILE),
]
# The content of the file `services`.
CONTENTS = [
    f"# comment\n\n{QUEUE}",
    f"[other]\nport=1\n{QUEUE}",
    f"{QUEUE}[other]\nport=1\n",
    f"{QUEUE}[queue]\nport=<two>\n",
    f"{TWO}{QUEUE}",
    QUEUE.replace("\n", "\r\n"),
    QUEUE.rstrip("\n"),
    QUEUE.replace("\n", "\n  "),
    QUEUE.replace("\n", "  \n"),
    QUEUE.replace("=", " = "),
    f"{QUEUE}port=<two>\n",
    f"{QUEUE}DBNAME=a\n",
    f"{QUEUE}nonsense=1\n",
    f"{QUEUE}no value\n",
    f"{QUEUE}service=other\n",
    f"{QUEUE}options=-c search_path=b\n",
    f"{QUEUE}sslmode=require\n",
    f"{QUEUE}sslmode=x\n",
    f"{QUEUE}connect_timeout=x\n",
    f"{QUEUE}application_name=mine # x\n",
    f"{QUEUE}target_session_attrs=standby\n",
    f"{QUEUE}passfile=/missing\n",
    f"{QUEUE}#password=wrong\n;password=wrong\n",
    f"password=app-secret\n{QUEUE}",
    f"app-secret\n{QUEUE}",
    f"[queue\n{QUEUE}",
    "[queue]\n",
    "",
    f"[queue] # x\n{PLACE}{WHO}",
    f"[ queue ]\n{PLACE}{WHO}",
    f"[queue]\nhost=127.0.0.1,localhost\nport=<dead>,<one>\n{WHO}dbname=b\n",
    f"[queue]\nhost=nowhere.invalid\nhostaddr=127.0.0.1\nport=<one>\n{WHO}dbname=b\n",
    f"[queue]\nhost=<one-dir>\nport=<one>\n{WHO}dbname='b'\n",
    f"[queue]\n{PLACE}user=percent\npassword=p%ss\ndbname=b\n",
    f"[queue]\n{PLACE}user=role0\npassword=left#right\ndbname=b\n",
    f"[queue]\n{PLACE}user=role6\npassword=left]right\ndbname=b\n",
    f"[queue]\n{PLACE}user=role7\npassword=left&right\ndbname=b\n",
    f"[queue]\n{PLACE}user=role8\npassword=left=right\ndbname=b\n",
    f"[queue]\n{PLACE}user=role12\npassword=left'right\ndbname=b\n",
    f"[queue]\n{PLACE}user=role14\npassword=left\\right\ndbname=b\n",
    f"[queue]\n{PLACE}user=app\npassword=\ndbname=b\n",
    f"[queue]\n{PLACE}{WHO}dbname=ünï\n",
    f"[queue]\n{PLACE}{WHO}dbname=with space\n",
    f"[queue]\nhost=127.0.0.1\nport=70000\n{WHO}",
    f"[queue]\nhost=127.0.0.1\nport=\n{WHO}",
    f"[queue]\n{PLACE}{WHO}dbname=postgresql://127.0.0.1:<two>/a\n",
    f"\ufeff{QUEUE}",
    f"{QUEUE}x={'y' * 2000}\n",
]
# Where the file is, with PGSERVICE=queue.
PLACES: list[tuple[dict[str, str], dict[str, str]]] = [
    ({}, {".pg_service.conf": QUEUE}),
    ({}, {"etc/pg_service.conf": QUEUE}),
    ({}, {".pg_service.conf": QUEUE, "etc/pg_service.conf": TWO}),
    ({}, {".pg_service.conf": "[other]\nport=1\n", "etc/pg_service.conf": TWO}),
    ({}, {".pg_service.conf": "broken\n", "etc/pg_service.conf": TWO}),
    ({"PGSERVICEFILE": "<home>/x"}, {"x": QUEUE, ".pg_service.conf": TWO}),
    ({"PGSERVICEFILE": "<home>/x"}, {"x": "[other]\nport=1\n", ".pg_service.conf": TWO}),
    ({"PGSERVICEFILE": "<home>/x"}, {"x": "[other]\nport=1\n", "etc/pg_service.conf": TWO}),
    ({"PGSERVICEFILE": "x"}, {"x": QUEUE}),
    ({"HOME": "<home>/elsewhere"}, {"elsewhere/.pg_service.conf": QUEUE, ".pg_service.conf": TWO}),
    ({"HOME": ""}, {".pg_service.conf": TWO}),
    ({"PGSYSCONFDIR": "<home>/other"}, {"other/pg_service.conf": TWO}),
]
ME = "127.0.0.1:<one>:a:app"
AT = "postgresql://app@127.0.0.1:<one>/a"
# The content of ~/.pgpass for AT.
PASSES = [
    f"{ME}:app-secret\n",
    f"{ME}:app-secret",
    f"{ME}:app-secret\r\n",
    f"{ME}:app-secret \n",
    f" {ME}:app-secret\n",
    f"# comment\n\n{ME}:app-secret\n",
    f"#{ME}:app-secret\n",
    "*:*:*:*:app-secret\n",
    "*:<one>:*:app:app-secret\n",
    "127.0.0.1:*:a:app:app-secret\n",
    "127.0.0.1:<one>:b:app:wrong\n127.0.0.1:<one>:*:app:app-secret\n",
    f"{ME}:wrong\n{ME}:app-secret\n",
    f"{ME}:app-secret\n{ME}:wrong\n",
    f"localhost:<one>:a:app:wrong\n{ME}:app-secret\n",
    "*:*:*:*:wrong\n127.0.0.1:<one>:a:app:app-secret\n",
    "127.0.0.*:<one>:a:app:app-secret\n",
    f"{ME}\n",
    f"{ME}:\n",
    f"{ME}:\n{ME}:app-secret\n",
    f"{ME}:app-secret:more\n",
    f"{ME}:app\\-secret\n",
    f"\ufeff{ME}:app-secret\n",
    "\\1\\2\\7.0.0.1:<one>:\\a:app:app-secret\n",
    f"{'x' * 400}:1:a:app:wrong\n{ME}:app-secret\n",
    "",
]
# What is asked, and the content of ~/.pgpass.
ASKED: list[tuple[str, dict[str, str], str]] = [
    ("postgresql://role3@127.0.0.1:<one>/a", {}, "127.0.0.1:<one>:a:role3:left\\:right\n"),
    ("postgresql://role3@127.0.0.1:<one>/a", {}, "127.0.0.1:<one>:a:role3:left:right\n"),
    ("postgresql://role14@127.0.0.1:<one>/a", {}, "127.0.0.1:<one>:a:role14:left\\\\right\n"),
    ("postgresql://role14@127.0.0.1:<one>/a", {}, "127.0.0.1:<one>:a:role14:left\\right\n"),
    ("postgresql://percent@127.0.0.1:<one>/a", {}, "*:*:*:percent:p%ss\n"),
    ("postgresql://role18@127.0.0.1:<one>/ünï", {}, "*:*:ünï:role18:leftéright\n"),
    ("postgresql://app@[::1]:<one>/a", {}, "\\:\\:1:<one>:a:app:app-secret\n"),
    ("postgresql://app@[::1]:<one>/a", {}, "::1:<one>:a:app:app-secret\n"),
    ("postgresql://app@localhost:<one>/a", {}, "127.0.0.1:<one>:a:app:wrong\nlocalhost:<one>:a:app:app-secret\n"),
    ("postgresql://app@<one-dir%>:<one>/a", {}, "<one-dir>:<one>:a:app:app-secret\n"),
    ("postgresql://app@<one-dir%>:<one>/a", {}, "localhost:<one>:a:app:app-secret\n"),
    ("host=nowhere.invalid hostaddr=127.0.0.1 port=<one> user=app dbname=a", {}, "127.0.0.1:*:*:*:app-secret\n"),
    ("host=nowhere.invalid hostaddr=127.0.0.1 port=<one> user=app dbname=a", {}, "nowhere.invalid:*:*:*:app-secret\n"),
    ("hostaddr=127.0.0.1 port=<one> user=app dbname=a", {}, "127.0.0.1:*:*:*:app-secret\n"),
    ("hostaddr=127.0.0.1 port=<one> user=app dbname=a", {}, "localhost:*:*:*:app-secret\n"),
    ("postgresql://app@127.0.0.1:<dead>,localhost:<two>/a", {}, "127.0.0.1:*:*:*:wrong\nlocalhost:*:*:*:app-secret\n"),
    ("postgresql://app@127.0.0.1:<one>", {}, "*:*:app:*:app-secret\n"),
    ("postgresql://127.0.0.1:<one>", {}, "*:*:<me>:<me>:my-secret\n"),
    (AT, {"PGPASSWORD": "wrong"}, "*:*:*:*:app-secret\n"),
    (AT, {"PGPASSWORD": ""}, "*:*:*:*:app-secret\n"),
    ("postgresql://app:wrong@127.0.0.1:<one>/a", {}, "*:*:*:*:app-secret\n"),
    ("postgresql://app:@127.0.0.1:<one>/a", {}, "*:*:*:*:app-secret\n"),
    ("service=queue", {}, "*:*:*:*:app-secret\n"),
    (AT, {"PGPASSFILE": "/missing"}, "*:*:*:*:app-secret\n"),
    (AT, {"PGPASSFILE": "<home>"}, "*:*:*:*:app-secret\n"),
    (AT, {"PGPASSFILE": ""}, "*:*:*:*:app-secret\n"),
    (f"{AT}?passfile=/missing", {}, "*:*:*:*:app-secret\n"),
    (f"{AT}?passfile=", {}, "*:*:*:*:app-secret\n"),
    (f"{AT}?passfile=<home>/.pgpass", {"PGPASSFILE": "/missing"}, "*:*:*:*:app-secret\n"),
    (f"{AT}?passfile=~/.pgpass", {"PGPASSFILE": "/missing"}, "*:*:*:*:app-secret\n"),
]
SERVICE_OF_PASS = {"etc/pg_service.conf": f"[queue]\n{PLACE}user=app\ndbname=a\n"}
CASES = [
    *(Case(f"name {n}: {a} {e}", a, e, {"services": QUEUE}) for n, (a, e) in enumerate(NAMES)),
    *(Case(f"content {n}: {text[:60]!r}", None, NAMED, {"services": text}) for n, text in enumerate(CONTENTS)),
    *(Case(f"place {n}: {e}", None, {"PGSERVICE": "queue", **e}, files) for n, (e, files) in enumerate(PLACES)),
    *(Case(f"pgpass {n}: {text[:60]!r}", AT, files={".pgpass": text}) for n, text in enumerate(PASSES)),
    *(
        Case(f"pgpass for {n}: {address} {environ}", address, environ, {".pgpass": text} | SERVICE_OF_PASS)
        for n, (address, environ, text) in enumerate(ASKED)
    ),
    *(Case(f"pgpass of mode {mode:o}", AT, files={".pgpass": f"{ME}:app-secret\n"}, mode=mode) for mode in (0o644, 0o640, 0o620, 0o601, 0o400)),
    Case("a service file of mode 644", None, NAMED, {"services": QUEUE}, mode=0o644),
]  # fmt: skip
