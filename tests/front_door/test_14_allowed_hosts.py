"""Case 14, and its kind: every form of a host that people allow is answered as they open it, and the advice of a 421 works."""

# ruff: noqa: F811
from __future__ import annotations

import signal

import httpx
import pytest

from graphile_worker.admin.server.security.hosts import AllowedHost, HostPolicy, advice
from graphile_worker.cli.serving.own_addresses import allowed_urls
from tests.cli.support import Program
from tests.cli.test_admin import admin, lines
from tests.contract.driver import free_port
from tests.server.conftest import Opener, open_door  # noqa: F401

SECRET = {"GRAPHILE_WORKER_ADMIN_PASSWORD": "geheim99geheim99"}
FORMS = [  # what is allowed, a Host that it is for, and one that it is not for
    ("203.0.113.7", "203.0.113.7:5678", "203.0.113.8:5678"),
    ("203.0.113.7:5678", "203.0.113.7:5678", "203.0.113.7:5679"),
    ("admin.example.com", "admin.example.com:5678", "admin.example.com.evil.test:5678"),
    ("admin.example.com", "admin.example.com", "evil.test"),
    ("admin.example.com", "ADMIN.Example.COM:5678", "admin-example.com"),
    ("Admin.Example.com.", "admin.example.com", "admin.example.co"),
    ("admin.example.com", "admin.example.com.:5678", "example.com"),
    ("admin.example.com:8443", "admin.example.com:8443", "admin.example.com"),
    ("admin.example.com:443", "admin.example.com", "admin.example.com:80"),  # a browser leaves the default port out
    ("admin.example.com:80", "admin.example.com", "admin.example.com:8080"),
    (" admin.example.com ", "admin.example.com", "x.admin.example.com"),
    ("2001:db8::7", "[2001:db8::7]:5678", "[2001:db8::8]:5678"),
    ("[2001:db8::7]", "[2001:DB8:0:0::7]:5678", "[2001:db8::70]:5678"),
    ("[2001:db8::7]:5678", "[2001:db8::7]:5678", "[2001:db8::7]:5679"),
    ("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.6"),
    ("bücher.example", "xn--bcher-kva.example:5678", "bucher.example"),
    ("bu\u0308cher.example", "xn--bcher-kva.example", "xn--bcher.example"),
    ("straße.example:443", "xn--strae-oqa.example", "strasse.example"),
    ("BÜCHER.example", "xn--bcher-kva.example", "xn--bcher-kva.example.evil.test"),
    ("queue_admin", "queue_admin:5678", "queueadmin:5678"),
]
HOSTS = sorted({host for _, host, _ in FORMS})


@pytest.mark.parametrize("listen", ["127.0.0.1", "0.0.0.0", "::", "192.0.2.1"])
@pytest.mark.parametrize(("allowed", "right", "wrong"), FORMS)
def test_every_form_of_a_host(listen: str, allowed: str, right: str, wrong: str) -> None:
    policy = HostPolicy.served(listen, [allowed])
    for server in ("192.0.2.1", "127.0.0.1", "::1", None):
        assert policy.allows(right, server)
        assert not policy.allows(wrong, server)


@pytest.mark.parametrize("loopback_only", [False, True])
@pytest.mark.parametrize("host", HOSTS)
def test_the_advice_of_a_refusal_works_when_it_is_followed(host: str, loopback_only: bool) -> None:
    name = advice(host).partition("--allowed-host ")[2].partition(" ")[0]
    for policy in (HostPolicy.served("0.0.0.0", [name]), HostPolicy.mounted([name], loopback_only=loopback_only)):
        assert policy.allows(host, "172.17.0.2")
        assert not policy.allows("evil.test", "172.17.0.2")


@pytest.mark.parametrize("host", ["0.0.0.0:5678", "[::]:5678", "a b", "", "x@localhost", "a" * 300])
def test_what_no_option_can_allow_is_not_advised(host: str) -> None:
    assert not HostPolicy.served("0.0.0.0", ["admin.example.com"]).allows(host, "172.17.0.2")
    assert "--allowed-host" not in advice(host)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("https://admin.example.com/queue", "allow the host in it, 'admin.example.com'"),
        ("http://[2001:db8::7]:5678", "allow the host in it, '[2001:db8::7]:5678'"),
        ("*", "without *"), ("*.example.com", "without *"), (".example.com", "is not a host name"),
        ("0.0.0.0", "allow the address that people open"), ("[::]", "allow the address that people open"),
        ("admin.example.com/queue", "is not a host name"), ("", "is not a host name"), ("a b", "is not a host name"),
        ("admin.example.com:70000", "is not a host name"), ("-ü-.example", "is not a host name"),
    ],
)  # fmt: skip
def test_what_is_no_host_is_refused_with_the_host_that_was_meant(text: str, says: str) -> None:
    with pytest.raises(ValueError) as raised:
        AllowedHost.parse(text)
    assert says in str(raised.value) and repr(text) in str(raised.value)


def test_the_start_refuses_what_is_no_host(dsn: str) -> None:
    ran = Program(dsn)("admin", "--listen", "127.0.0.1:0", "--auth", "none", "--allowed-host", "https://a.example/")
    assert ran.code == 2 and "allow the host in it, 'a.example'" in ran.err


def test_a_real_server_answers_and_announces_what_is_allowed(dsn: str) -> None:
    port = free_port()
    options = ["--listen", f"0.0.0.0:{port}", "--allowed-host", "203.0.113.7", "--allowed-host", "2001:db8::7"]
    with admin(dsn, *options, "--allowed-host", "admin.example.com:443", **SECRET) as process:
        lines(process, 5)
        for host in (f"203.0.113.7:{port}", f"[2001:db8::7]:{port}", "admin.example.com"):
            answer = httpx.get(f"http://127.0.0.1:{port}/healthz", headers={"host": host})
            assert answer.status_code == 200, host
        refused = httpx.get(f"http://127.0.0.1:{port}/healthz", headers={"host": f"203.0.113.9:{port}"})
        assert refused.status_code == 421 and "--allowed-host 203.0.113.9 " in refused.json()["hint"]
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        also = {line.removeprefix("Also at: ") for line in process.stdout.read().splitlines()}
    wanted = {f"http://203.0.113.7:{port}", f"http://[2001:db8::7]:{port}", "https://admin.example.com"}
    assert wanted <= also


@pytest.mark.parametrize(
    ("url", "listen", "allowed", "behind_tls", "printed"),
    [
        ("http://127.0.0.1:5678", "127.0.0.1", "admin.example.com", False, []),  # only the proxy knows its port
        ("http://127.0.0.1:5678", "127.0.0.1", "admin.example.com", True, ["https://admin.example.com"]),
        ("http://127.0.0.1:5678", "127.0.0.1", "admin.example.com:8443", True, ["https://admin.example.com:8443"]),
        ("http://127.0.0.1:5678", "127.0.0.1", "admin.example.com:80", False, ["http://admin.example.com"]),
        ("https://127.0.0.1:5678", "0.0.0.0", "admin.example.com", False, ["https://admin.example.com:5678"]),
        ("http://127.0.0.1:5678/queue/", "0.0.0.0", "bücher.example", False, ["http://xn--bcher-kva.example:5678/queue/"]),
    ],
)  # fmt: skip
def test_each_allowed_host_is_announced_as_it_is_opened(
    url: str, listen: str, allowed: str, behind_tls: bool, printed: list[str]
) -> None:
    assert list(allowed_urls(url, listen, [allowed], behind_tls=behind_tls)) == printed


async def test_a_mounted_admin_advises_its_own_option(open_door: Opener) -> None:
    for mode, allowed in (("basic", ["admin.example.com"]), ("none", [])):
        door = open_door(mode, allowed_hosts=allowed)
        answer = await door.get("/api/session")
        assert answer.status_code == 200
        refused = await door.client.get("/api/session", headers=door.headers | {"host": "other.example.com:81"})
        assert refused.status_code == 421
        hint = refused.json()["hint"]
        assert hint == "Start the admin with --allowed-host other.example.com (allowed_hosts in the config)."
        again = open_door(mode, allowed_hosts=["other.example.com"])
        followed = await again.client.get("/api/session", headers=again.headers | {"host": "other.example.com:81"})
        assert followed.status_code == 200
