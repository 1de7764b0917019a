"""`/metrics`: what Prometheus scrapes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api.tables.samples import Kind, Sample
from graphile_worker.admin.server.context import Context, context_of
from graphile_worker.admin.server.http import query_params
from graphile_worker.admin.server.live.shared_reads import Answer
from graphile_worker.core.exceptions import GraphileWorkerError

_KINDS: tuple[Kind, ...] = ("queues", "workers", "tasks")  # that are numbers


async def metrics(request: Request) -> Response:
    """The shared samples as numbers; a database that cannot be read is a number too."""
    from graphile_worker.admin.server.metrics import CONTENT_TYPE, exposition  # its library, for who scrapes only

    query_params.read(request.scope["query_string"], ())
    samples = await _samples(context_of(request))
    return Response(exposition(samples), headers={"content-type": CONTENT_TYPE})


async def _samples(context: Context) -> dict[Kind, Answer[Sample]] | None:
    """One after the other: three scans at once would be felt."""
    if not await context.ready():
        return None
    try:
        return {kind: await context.sample(kind) for kind in _KINDS}
    except GraphileWorkerError:
        return None
