"""The description names every route and what it takes, its schemas are free of holes, and real answers are what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from starlette.routing import Route

from graphile_worker import WorkerUtils
from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.server.app import ROUTES
from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.diagnosis.findings import ACTIONS
from tests.server.conftest import Door, Opener
from tests.support.queues import fill
from tests.support.table import Table

PROBES = ("/healthz", "/readyz")
LOOSE_QUERY = PROBES  # whoever asks them may add what it likes
EVENTS = {"type": "string"}  # of a stream nothing can be said
# Whose values are free: what applications store, and what another standard describes.
FREE = {
    "AddJobRequest.payload", "ChangePayloadRequest.payload", "ListedJob.payload", "Job.payload", "DbJobOutput.payload", "ActiveWorker.metadata",
    "WorkerRow.metadata", "Description.paths", "Description.components",
}  # fmt: skip


@pytest.fixture
async def described(door: Door) -> Any:
    return await door.answer("/api/openapi.json")


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


def operations(described: Any) -> Iterator[tuple[str, str, Any]]:
    """(method, path, operation) of all that is described."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


async def test_every_route_of_the_api_is_described(described: Any) -> None:
    wanted = {
        (method, route.path)
        for route in ROUTES
        if isinstance(route, Route) and route.path.startswith(("/api/", "/metrics", *PROBES))
        for method in route.methods or () if method != "HEAD"
    }  # fmt: skip
    assert {(method, path) for method, path, _ in operations(described)} == wanted
    assert all(operation["summary"] for _, _, operation in operations(described))


async def test_parameters_are_the_ones_that_are_taken(door: Door, described: Any) -> None:
    """A route refuses every parameter but those of its description, and none of these as unknown."""
    for method, path, operation in operations(described):
        if method != "GET" or path in LOOSE_QUERY:
            continue
        for parameter in operation["parameters"]:
            if parameter["in"] == "query":
                answer = await door.get(f"{path.replace('{id}', '1')}?{parameter['name']}=")
                assert "is not a parameter" not in answer.text, (path, parameter)
        answer = await door.get(f"{path.replace('{id}', '1')}?nothing_like_it=1")
        assert (answer.status_code, answer.json()["field"]) == (400, "nothing_like_it"), path


async def test_words_and_bounds_of_parameters_are_the_servers(door: Door, utils: WorkerUtils, described: Any) -> None:
    """Every word of an enumeration and both ends of a range are taken, a word more and a number beyond are not."""
    await utils.add_job("t")
    for method, path, operation in operations(described):
        for parameter in operation["parameters"] if method == "GET" else ():
            name, schema = parameter["name"], parameter["schema"]
            one = schema.get("items", schema)
            right = one.get("enum") or [one[end] for end in ("minimum", "maximum") if end in one]
            wrong = (
                ["no_such"] if "enum" in one else [one[e] + d for e, d in (("minimum", -1), ("maximum", 1)) if e in one]
            )
            for value, fine in [(value, True) for value in right] + [(value, False) for value in wrong]:
                place = path.replace("{id}", str(value) if name == "id" else "1")
                needed = {
                    p["name"]: {"ids": "1"}.get(p["name"], "queue")
                    for p in operation["parameters"]
                    if p["required"] and p["in"] == "query"
                }
                answer = await door.get(place, params=needed | ({} if name == "id" else {name: value}))
                accepted = answer.status_code == 200 or (name == "id" and answer.status_code == 404)
                assert accepted == fine, (path, name, value, answer.text)  # fmt: skip


async def test_required_parameters_are_missed(door: Door, described: Any) -> None:
    required = [
        (path, parameter["name"])
        for method, path, operation in operations(described)
        for parameter in operation["parameters"]
        if parameter["in"] == "query" and parameter["required"]
    ]
    assert required == [("/api/jobs/progress", "ids"), ("/api/suggest", "field")]
    for path, name in required:
        refused = await door.get(path)
        assert (refused.status_code, refused.json()["field"]) == (400, name)


async def test_db_is_described_where_it_is_taken_and_nowhere_else(
    open_door: Opener, utils: WorkerUtils, described: Any
) -> None:
    door = open_door(name="main", others={"b & c": WorkerUtils(utils.database.pool)})
    several = await door.answer("/api/openapi.json")
    for document, names in ((described, ["graphile_worker"]), (several, ["main", "b & c"])):
        asked = door if document is several else open_door()
        for method, path, operation in operations(document):
            (place,), query = {path.replace("{id}", "1")}, {"db": "nothing"}
            answer = await (
                asked.get(place, params=query) if method == "GET" else asked.post(f"{place}?db=nothing", {})
            )
            taken = answer.status_code == 404 and answer.json().get("code") == "unknown_database"
            found = [p["schema"] for p in operation["parameters"] if (p["in"], p["name"]) == ("query", "db")]
            assert found == ([{"type": "string", "enum": names}] if taken else []), (method, path)
            assert taken == (path not in PROBES), (method, path)


async def test_references_lead_somewhere(described: Any) -> None:
    text = msgspec.json.encode(described).decode()
    for name in {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in described["components"]["schemas"]
    assert described["components"]["schemas"]["BulkRequest"]["additionalProperties"] is False


def free(schema: Any, place: str) -> Iterator[str]:
    """The places within a schema where anything at all may stand."""
    if any(word in schema for word in ("$ref", "enum", "const")):
        return
    if "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from free(one, place)
    elif schema.get("type") == "object":
        if not schema.get("properties") and not isinstance(schema.get("additionalProperties"), dict):
            yield place
        for name, member in schema.get("properties", {}).items():
            yield from free(member, f"{place}.{name}")
        if isinstance(schema.get("additionalProperties"), dict):
            yield from free(schema["additionalProperties"], f"{place}.*")
    elif schema.get("type") == "array":
        yield from free(schema.get("items", {}), f"{place}[]")
    elif "type" not in schema:
        yield place


async def test_only_what_is_anybodys_is_free(described: Any) -> None:
    places = {
        place for name, schema in described["components"]["schemas"].items() for place in free(schema, name)
    } | {
        place
        for method, path, operation in operations(described)
        for response in [*operation["responses"].values(), operation.get("requestBody", {"content": {}})]
        for content in response["content"].values()
        for place in free(content.get("schema", EVENTS), f"{method} {path}")
    }  # fmt: skip
    assert places == FREE


def closed(schema: Any) -> Any:
    """The same schema where nothing undescribed is let through."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    more = {"additionalProperties": False} if schema.get("type") == "object" and "properties" in schema else {}
    return more | {name: closed(one) for name, one in schema.items()}


class Held:
    """Asks a door and holds its answers to a description, nothing undescribed in them; remembers what it asked."""

    def __init__(self, door: Door, described: Any) -> None:
        self.door = door
        self.paths = described["paths"]
        self.components = closed({"schemas": described["components"]["schemas"]})
        self.asked: set[tuple[str, str]] = set()

    async def get(self, path: str, status: int = 200) -> Any:
        """A read that is what is described."""
        return self._held("get", path, await self.door.get(path), status)

    async def post(self, path: str, body: Any, status: int = 200) -> Any:
        """A write that is what is described."""
        return self._held("post", path, await self.door.post(path, body), status)

    def _held(self, method: str, path: str, answer: Any, status: int) -> Any:
        assert answer.status_code == status, (path, answer.text)
        place = path.partition("?")[0]
        described = place if place in self.paths else place.rpartition("/")[0] + "/{id}"
        self.asked.add((method.upper(), described))
        responses = self.paths[described][method]["responses"]
        content = responses.get(str(status), responses["4XX"])["content"]
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in content, (path, kind)
        value = answer.json() if kind == "application/json" else answer.text
        schema = {**closed(content[kind].get("schema", EVENTS)), "components": self.components}
        problems = [
            f"{e.instance_path}: {e.message}" for e in jsonschema_rs.Draft202012Validator(schema).iter_errors(value)
        ]
        assert not problems, (path, problems, answer.text)
        return value


@pytest.mark.any_schema
async def test_answers_are_what_they_are_described_to_be(
    open_door: Opener, utils: WorkerUtils, table: Table, described: Any
) -> None:
    ids = await fill(utils, table)
    await table.run("select {s}.worker_heartbeat('w', '{\"pid\": 1}')")
    await table.run("insert into {s}._private_workers (id, last_heartbeat_at) values ('worker-1', '2001-01-01')")
    await utils.add_job("t", {"n": 1}, queue="q", key="k0", flags=["f"], run_at="2999-01-01T00:00:00Z")
    await utils.add_job("t", key="k1")
    odd = (await utils.add_job("odd", queue="odd")).id
    await table.run("update {s}._private_jobs set run_at = '-infinity', locked_at = 'infinity' where id = $1", odd)
    held = Held(open_door(), described)

    for part in ("", "?parts=stats", "?parts=queues&parts=active_workers"):
        await held.get(f"/api/overview{part}")
    for form in vocabulary.PAYLOAD_FORMS:
        await held.get(f"/api/jobs?payload={form}")
        await held.get(f"/api/jobs/{ids['held']}?payload={form}")
    page = await held.get("/api/jobs?limit=2&sort=-run_at")
    await held.get(f"/api/jobs?limit=2&sort=-run_at&cursor={page['next']}")
    await held.get("/api/jobs?search=k1&partial=true")
    reasons = {(await held.get(f"/api/jobs/{id}"))["why"]["code"] for id in ids.values()}
    assert len(reasons) >= 5
    for path in (
        "/api/session", "/api/jobs/count?state=failed", "/api/jobs/count?state=failed&stats=true", "/api/jobs/export", "/api/jobs/export?format=csv", "/api/jobs/export?payload_path=a.b",
        "/api/queues", "/api/workers", "/api/tasks", "/api/errors", "/api/errors/histogram", "/api/crontabs", "/api/suggest?field=queue", "/api/jobs/progress?ids=1-3",
        "/api/suggest?field=worker", "/api/activity", "/api/events",
        "/api/maintenance", "/api/openapi.json", "/metrics", *PROBES,
    ):  # fmt: skip
        await held.get(path)
    await held.get("/api/jobs/99999", 404)
    for path in ("/api/jobs?state=x", "/api/jobs/x", "/api/queues?sort=x", "/api/maintenance?older_than_secs=1"):
        await held.get(path, 400)

    await held.post("/api/jobs", {"identifier": "t", "key": "k0"})
    await held.post("/api/jobs/action", {"action": "fail", "ids": [*ids.values(), 99999]})
    await held.post("/api/jobs/action", {"action": "retry", "ids": [*ids.values()]})
    for dry_run in (True, False):
        step = {"action": "reschedule", "filter": {"state": "all"}, "priority": 3, "dry_run": dry_run}
        await held.post("/api/jobs/bulk", step)
    for id in (ids["ready"] if "ready" in ids else next(iter(ids.values())), 99999):
        await held.post("/api/jobs/payload", {"id": id, "payload": {"new": 1}, "expected_payload": "{}"})
    for key in ("k1", "nothing"):
        await held.post("/api/jobs/remove-by-key", {"key": key})
    for action in ("sweep-stale-workers", "release-old-locks", "force-unlock", "cleanup", "migrate"):
        for dry_run in (True, False):
            more = {"worker_ids": ["worker-1", "pool-2"]} if action == "force-unlock" else {}
            await held.post("/api/maintenance", {"action": action, "dry_run": dry_run, **more})
    await held.post("/api/maintenance", {"action": "force-unlock"}, 400)
    assert held.asked == {(method, path) for method, path, _ in operations(described)}


async def test_sessions_of_every_kind(open_door: Opener, utils: WorkerUtils, described: Any) -> None:
    for mode in ("bearer", "header", "host", "none"):
        await Held(open_door(mode), described).get("/api/session")
    session = await Held(open_door(others={"two": utils}), described).get("/api/session")
    assert [one["name"] for one in session["databases"]] == ["graphile_worker", "two"]
    assert set(session["offers"]) == set(ACTIONS)


async def test_a_schema_that_is_not_there(open_door: Opener, utils: WorkerUtils, pool: Pool, described: Any) -> None:
    await pool.execute("drop schema graphile_worker cascade")
    held = Held(open_door(), described)
    for path in ("/api/session", "/api/maintenance", "/healthz", "/metrics"):
        await held.get(path)
    for path in ("/readyz", "/api/overview", "/api/queues", "/api/jobs"):
        await held.get(path, 503)
    await held.post("/api/maintenance", {"action": "migrate", "dry_run": True})
    await held.post("/api/maintenance", {"action": "migrate"})
