"""Traefik in front, with docs/deploying/traefik.yaml and traefik_routes.yaml."""

from __future__ import annotations

from pathlib import Path

from tests.deploying.front import Front, holds

TRAEFIK = Front(
    "Traefik", ("traefik.yaml", "traefik_routes.yaml"), ("traefik", "--configFile=traefik.yaml"),
    changes=(("Host(`admin.example.com`)", "Host(`localhost`)"),), listen=('":8443"', '"127.0.0.1:{port}"'),
)  # fmt: skip


async def test_traefik(dsn: str, tmp_path: Path) -> None:
    await holds(TRAEFIK, dsn, tmp_path)
