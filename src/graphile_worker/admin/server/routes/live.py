"""`/api/events` and `/api/activity`: what happens now, and what happened lately."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api.tables.activity import NOTE
from graphile_worker.admin.api.wire import encode
from graphile_worker.admin.server.context import context_of, json_response
from graphile_worker.admin.server.http import query_params
from graphile_worker.admin.server.live.event_stream import EventStream, head
from graphile_worker.admin.server.live.streams import Streams


async def events(request: Request) -> Response:
    """A stream of events: the counts when they change, and that jobs were added."""
    query_params.read(request.scope["query_string"], ())
    if request.method == "HEAD":
        return head()
    context = context_of(request)
    streams: Streams = request.app.state.streams
    streams.require_room()
    first = await context.overview()  # what is refused is refused before anything is sent
    streams.require_room()
    return EventStream(streams, context, first)


async def activity(request: Request) -> Response:
    """Jobs added and gone per minute, ready, failed and the oldest ready one: as far as somebody looked, for an hour."""
    query_params.read(request.scope["query_string"], ())
    context = context_of(request)
    answer = await context.overview()
    facts = {"points": context.history.points(), "note": NOTE, "age_ms": answer.age_ms}
    return json_response(f'{{"as_of":{answer.value["as_of"]},{encode(facts).decode()[1:]}')
