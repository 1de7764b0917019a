"""Reads and decodes the body of a request within its size limit."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from graphile_worker.admin.api.json_codec import decode
from graphile_worker.admin.api.requests import MORE_IDS
from graphile_worker.admin.server.context import context_of

T = TypeVar("T", bound=msgspec.Struct)


class BodyTooLarge(HTTPException):
    """413. For a request with `ids`, the hint names the ways to select more jobs."""

    def __init__(self, limit: int, kind: type[msgspec.Struct]) -> None:
        super().__init__(413, f"the body must be at most {limit} bytes")
        self.hint = MORE_IDS if "ids" in kind.__struct_fields__ else None


async def read_body(request: Request, kind: type[T]) -> T:
    """The decoded body.

    415 for media types other than JSON, 413 above `body_limit`. Raises InvalidInput for a body that breaks a rule.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise HTTPException(415, "the body must be sent as application/json")
    limit = context_of(request).config.body_limit
    declared = request.headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared) > limit:
        raise BodyTooLarge(limit, kind)
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise BodyTooLarge(limit, kind)
            parts.append(part)
    except ClientDisconnect:
        raise HTTPException(400, "the body ended early") from None
    return decode(b"".join(parts), kind)
