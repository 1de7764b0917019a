"""Runs the recipes of docs/deploying.md and prints one line for each."""

from __future__ import annotations

import sys

from tests.support.suites import suite

FOLDER = "tests/deploying"
RECIPES: dict[str, list[str]] = {
    "healthcheck": [f"{FOLDER}/test_healthcheck.py"],
    "process-1": [f"{FOLDER}/test_process_1.py"],
    "image": [f"{FOLDER}/recipes/test_image.py"],
    "systemd": [f"{FOLDER}/recipes/test_systemd.py"],
    "kubernetes": [f"{FOLDER}/recipes/test_kubernetes.py"],
    "nginx": ["tests/embedding/test_nginx.py", f"{FOLDER}/test_proxies.py::test_nginx"],
    "haproxy": [f"{FOLDER}/test_proxies.py"],
    "caddy": [f"{FOLDER}/recipes/test_caddy.py"],
    "traefik": [f"{FOLDER}/recipes/test_traefik.py"],
    "oauth2-proxy": [f"{FOLDER}/recipes/test_oauth2_proxy.py"],
    "pgbouncer": [f"{FOLDER}/test_pgbouncer.py"],
    "uvx": [f"{FOLDER}/recipes/test_without_installing.py"],
}


def main(names: list[str]) -> int:
    """Runs the recipes that are named, or all; exit code 1 when one failed, 2 for a name without a recipe."""
    unknown = [name for name in names if name not in RECIPES]
    if unknown:
        print(f"test-recipes: there is no recipe {unknown[0]!r}; there are {', '.join(RECIPES)}", file=sys.stderr)
        return 2
    results = [suite(name, RECIPES[name], {}) for name in names or RECIPES]
    print(f"{sum(results)} of {len(results)} recipes hold")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
