"""Successful responses from JSON text that PostgreSQL or msgspec built."""

from __future__ import annotations

from starlette.responses import Response

from graphile_worker.admin.server.live.shared_reads import Answer


def json_response(body: bytes | str, status: int = 200) -> Response:
    """A response with this JSON text as its body."""
    return Response(body, status, media_type="application/json")


def json_with_age(answer: Answer[str]) -> Response:
    """A shared JSON object with its current age as the first member, `age_ms`."""
    return json_response(f'{{"age_ms":{answer.age_ms},{answer.value[1:]}')
