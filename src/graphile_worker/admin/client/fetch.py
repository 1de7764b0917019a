"""Requests to the server the page came from."""

from __future__ import annotations

import json
from typing import Any

import bridge

from graphile_worker.admin.client.dom import guarded


def request(method: str, path: str, body: str | None, headers: dict[str, str], handler: Any) -> None:
    """Asks; the handler gets the status (0 when nothing answered) and the text."""
    bridge.fetch(method, path, body or "", json.dumps(headers), guarded(handler))
