"""Successful responses: objects are encoded as JSON here. Members that are stored JSON (msgspec.Raw) are copied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from graphile_worker.admin.api.json_codec import encode
from graphile_worker.admin.server.live.shared_reads import Answer


def json_response(value: Any, status: int = 200) -> Response:
    """A response with this value as its body."""
    return Response(encode(value), status, media_type="application/json")


def json_with_age(answer: Answer[Mapping[str, object]]) -> Response:
    """A shared JSON object with its current age as the first member, `age_ms`."""
    return json_response({"age_ms": answer.age_ms, **answer.value})
