"""`/api/events` and `/api/activity`: the present and the last hour."""

from __future__ import annotations

from starlette.responses import Response

from graphile_worker.admin.api.responses.live import EVENTS, Activity
from graphile_worker.admin.api.tables.activity import NOTE
from graphile_worker.admin.server.endpoint import Endpoint, ReadRequest
from graphile_worker.admin.server.http.json_responses import json_response
from graphile_worker.admin.server.live.event_stream import MEDIA_TYPE, EventStream, head
from graphile_worker.admin.server.live.streams import Streams
from graphile_worker.admin.server.security.permissions import READ


async def events(request: ReadRequest) -> Response:
    """A stream of events: the counts when they change, and the number of added jobs."""
    if request.http.method == "HEAD":
        return head()
    streams: Streams = request.http.app.state.streams
    streams.require_room()
    first = await request.context.overview()  # errors are raised before the response starts
    streams.require_room()
    return EventStream(streams, request.context, first)


async def activity(request: ReadRequest) -> Response:
    """Jobs added and removed per minute, ready, failed, and the oldest ready one: for an hour, as far as counts were read."""
    answer = await request.context.overview()
    history: Activity = {
        "as_of": answer.value["as_of"],
        "points": request.context.history.points(),
        "note": NOTE,
        "age_ms": answer.age_ms,
    }
    return json_response(history)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/events",
        events,
        permission=READ,
        response=None,
        media_types=(MEDIA_TYPE,),
        more_types=EVENTS.values(),
    ),
    Endpoint("GET", "/api/activity", activity, permission=READ, response=Activity),
)
