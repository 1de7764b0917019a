"""The description names every route, and real answers are what it says."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from starlette.routing import Route

from graphile_worker.admin.api import answers, vocabulary
from graphile_worker.admin.server.app import ROUTES
from graphile_worker.admin.server.description import endpoints
from graphile_worker.core.utils import WorkerUtils
from tests.server.conftest import Door
from tests.support.table import Table


@pytest.fixture
async def described(door: Door) -> Any:
    answer = await door.get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json()


async def test_every_route_of_the_api_is_described(described: Any) -> None:
    wanted = {
        (method.lower(), route.path)
        for route in ROUTES
        if isinstance(route, Route) and route.path.startswith("/api/")
        for method in route.methods or () if method != "HEAD"
    }  # fmt: skip
    found = {(method, path) for path, methods in described["paths"].items() for method in methods}
    assert found == wanted
    assert all(operation["summary"] for methods in described["paths"].values() for operation in methods.values())


async def test_parameters_are_the_ones_that_are_taken(door: Door, described: Any) -> None:
    """A route refuses every parameter but those of its description, and none of these as unknown."""
    for path, methods in described["paths"].items():
        if "get" not in methods or path in ("/api/session", "/api/openapi.json"):
            continue
        for parameter in methods["get"]["parameters"]:
            if parameter["in"] == "query":
                answer = await door.get(f"{path.replace('{id}', '1')}?{parameter['name']}=")
                assert "is not a parameter" not in answer.text, (path, parameter)
        answer = await door.get(f"{path.replace('{id}', '1')}?nothing_like_it=1")
        assert (answer.status_code, answer.json()["field"]) == (400, "nothing_like_it"), path


async def test_references_lead_somewhere(described: Any) -> None:
    text = msgspec.json.encode(described).decode()
    for name in {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in described["components"]["schemas"]
    listed = next(p for p in described["paths"]["/api/jobs"]["get"]["parameters"] if p["name"] == "sort")
    assert listed["schema"]["enum"] == list(vocabulary.SORTS)
    assert described["components"]["schemas"]["BulkRequest"]["additionalProperties"] is False


async def test_answers_are_what_they_are_described_to_be(door: Door, utils: WorkerUtils) -> None:
    table = Table.of(utils)
    for number in range(3):
        await utils.add_job("t", {"n": number}, queue="q", key=f"k{number}", flags=["f"])
    await utils.permanently_fail_jobs([1], "no")
    await table.lock(2, "5 hours")
    await table.run("select {s}.worker_heartbeat('w', '{\"pid\": 1}')")
    types = {(endpoint.method, endpoint.path): endpoint.answer for endpoint in endpoints(ROUTES)}
    asked: list[tuple[str, str, Any]] = [
        ("GET", "/api/session", None), ("GET", "/api/overview", None), ("GET", "/api/overview?parts=stats", None),
        *(("GET", f"/api/jobs?payload={form}", None) for form in vocabulary.PAYLOAD_FORMS),
        ("GET", "/api/jobs?search=k1&partial=true", None), ("GET", "/api/jobs/1", None), ("GET", "/api/jobs/2?payload=text", None),
        ("GET", "/api/jobs/count?state=failed", None), ("GET", "/api/queues", None), ("GET", "/api/workers", None),
        ("GET", "/api/tasks", None), ("GET", "/api/suggest?field=queue", None), ("GET", "/api/maintenance", None),
        ("POST", "/api/jobs", {"identifier": "t", "key": "k0"}),
        ("POST", "/api/jobs/action", {"action": "retry", "ids": [1, 2, 99]}),
        ("POST", "/api/jobs/bulk", {"action": "run-now", "filter": {"state": "all"}}),
        ("POST", "/api/jobs/bulk", {"action": "run-now", "filter": {"state": "all"}, "dry_run": True}),
        ("POST", "/api/jobs/remove-by-key", {"key": "k2"}),
        *(("POST", "/api/maintenance", {"action": action, "dry_run": dry}) for dry in (True, False)
          for action in ("cleanup", "migrate", "sweep-stale-workers", "release-old-locks")),
    ]  # fmt: skip
    for method, path, body in asked:
        answer = await (door.get(path) if method == "GET" else door.post(path, body))
        assert answer.status_code == 200, (path, answer.text)
        kind = types[method, path.partition("?")[0].replace("/1", "/{id}").replace("/2", "/{id}")]
        value = msgspec.json.decode(answer.content, type=kind, strict=True)
        assert set(value) >= set(kind.__required_keys__), path
    refused = await door.get("/api/jobs?state=x")
    msgspec.json.decode(refused.content, type=answers.Error)
