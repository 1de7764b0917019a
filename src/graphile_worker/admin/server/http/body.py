"""Reads the body of a request within its limits."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from graphile_worker.admin.api import wire
from graphile_worker.admin.server.audit.audit_notes import note_asked
from graphile_worker.admin.server.context import context_of
from graphile_worker.admin.server.http import query_params
from graphile_worker.admin.server.security.authorization import permit

T = TypeVar("T", bound=msgspec.Struct)


class TooLong(HTTPException):
    """413. Of a request that names jobs the hint says how more are meant."""

    def __init__(self, limit: int, kind: type[msgspec.Struct]) -> None:
        super().__init__(413, f"the body must be at most {limit} bytes")
        self.hint = wire.MORE_IDS if "ids" in kind.__struct_fields__ else None


async def read(request: Request, kind: type[T]) -> T:
    """The decoded body of a write that the user may do.

    415 for other types than JSON, 413 above the limit; raises InvalidInput for what is wrong in it, RightMissing.
    Parameters in the address are refused too: `?dry_run=true` must not be overheard.
    """
    query_params.read(request.scope["query_string"], ())
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise HTTPException(415, "the body must be sent as application/json")
    limit = context_of(request).config.body_limit
    declared = request.headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared) > limit:
        raise TooLong(limit, kind)
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise TooLong(limit, kind)
            parts.append(part)
    except ClientDisconnect:
        raise HTTPException(400, "the body ended early") from None
    asked = wire.decode(b"".join(parts), kind)
    note_asked(request.scope, asked)
    permit(request, asked)
    return asked
