"""nginx in front of an admin, configured as the cases of this folder need it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.contract.driver import free_port
from tests.embedding.nginx import nginx

PASS = "proxy_pass http://{upstream}; proxy_set_header Host $http_host;"


@contextmanager
def in_front(folder: Path, upstream: str, locations: str) -> Iterator[str]:
    """nginx with these locations; `{upstream}` and `{pass}` in them stand for the admin. Yields `127.0.0.1:PORT`."""
    port = free_port()
    text = locations.replace("{pass}", PASS).replace("{upstream}", upstream.removeprefix("http://").rstrip("/"))
    folder.mkdir(exist_ok=True)
    with nginx(folder, f"server {{ listen 127.0.0.1:{port}; {text} }}", [port]):
        yield f"127.0.0.1:{port}"
