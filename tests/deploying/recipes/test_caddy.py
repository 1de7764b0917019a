"""Caddy in front, with docs/deploying/Caddyfile."""

from __future__ import annotations

from pathlib import Path

from tests.deploying.front import Front, holds

CADDY = Front(
    "Caddy", ("Caddyfile",), ("caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"),
    # no administration of Caddy itself, and no second listener of its own: other tests run beside this one
    changes=(("# Caddy ends", "{\n\tadmin off\n\tauto_https disable_redirects\n}\n# Caddy ends"), ("admin.example.com:", "localhost:")),
    listen=(":8443", ":{port}"),
)  # fmt: skip


async def test_caddy(dsn: str, tmp_path: Path) -> None:
    await holds(CADDY, dsn, tmp_path)
