"""oauth2-proxy in front, with docs/deploying/oauth2_proxy.yaml and .cfg, and a provider of OpenID Connect of our own."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx
import uvicorn

from graphile_worker import WorkerUtils
from tests.contract.driver import free_port
from tests.deploying.programs import copied, started
from tests.deploying.recipes.provider import Provider
from tests.embedding.serving import look_and_write
from tests.hardening.process import admin
from tests.server.listening import listening
from tests.support.certificates import Certificates

TOKEN = "correct horse battery staple"
HEADER = "x-graphile-worker-admin-token"


@contextmanager
def provider(email: str) -> Iterator[Provider]:
    """A provider that answers."""
    port = free_port()
    made = Provider(f"http://127.0.0.1:{port}", email)
    server = uvicorn.Server(uvicorn.Config(made.app(), port=port, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield made
    finally:
        server.should_exit = True
        thread.join()


async def test_people_log_in_and_the_proxy_adds_the_secret(dsn: str, tmp_path: Path) -> None:
    certificates, port = Certificates(tmp_path), free_port()
    certificates.pair("admin")
    (tmp_path / "cookie-secret").write_bytes(secrets.token_bytes(32))
    (tmp_path / "client-secret").write_text("secret of the client")
    token = tmp_path / "admin-token"
    token.write_text(TOKEN)
    options = ["--auth", "header", "--header-token-file", str(token), "--behind-tls", "--trusted-proxy", "127.0.0.1"]
    address = f"https://localhost:{port}"
    with admin(dsn, *options) as running, provider("ada@example.com") as people:
        yaml = {
            ":8443": f"127.0.0.1:{port}",
            "https://login.example.com": people.issuer,
            "127.0.0.1:5678": f"127.0.0.1:{running.port}",
        }
        copied(tmp_path, "oauth2_proxy.yaml", yaml)
        copied(tmp_path, "oauth2_proxy.cfg", {"https://admin.example.com:8443": address})
        command = ("oauth2-proxy", "--config", "oauth2_proxy.cfg", "--alpha-config", "oauth2_proxy.yaml")
        trust = certificates.trust()
        with started(tmp_path, command, port):
            async with httpx.AsyncClient(verify=trust, timeout=60) as client:
                stranger = await client.get(f"{address}/", headers={HEADER: TOKEN})
                assert stranger.status_code == 302 and stranger.headers["location"].startswith(people.issuer)
                page = await client.get(f"{address}/", follow_redirects=True)
                assert page.status_code == 200 and "gw-admin" in page.text, page.text[:2000]
                forged = await client.get(f"{address}/api/session", headers={HEADER: "wrong"})
                assert forged.status_code == 200  # the proxy's own header stands in its place
                await look_and_write(client, f"{address}/")
                cookies = {"cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
            async with asyncpg.create_pool(dsn, min_size=0) as pool:
                async with listening(address, trust, headers=cookies) as ear:
                    assert await ear.next() == ("hello", {"listening": True})
                    await WorkerUtils(pool).add_job("t")
                    assert await ear.next("jobs") == ("jobs", {"added": 1})
            people.email = "eve@elsewhere.example"
            async with httpx.AsyncClient(verify=trust, timeout=60) as client:
                assert (await client.get(f"{address}/", follow_redirects=True)).status_code == 403
            past = httpx.get(f"{running.url}/api/session")
            assert past.status_code == 401
