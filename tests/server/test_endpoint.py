"""One `Endpoint` is enough: the router, the guards, the checks of query and body, and OpenAPI follow from it."""

from __future__ import annotations

import msgspec
import pytest
from starlette.responses import Response

from graphile_worker.admin.api.json_schema import array, enumeration
from graphile_worker.admin.server import app
from graphile_worker.admin.server.endpoint import ApiRequest, Endpoint, ReadRequest
from graphile_worker.admin.server.http.json_responses import json_response
from graphile_worker.admin.server.security.permissions import READ, Permission, PermissionTable, action, one_of
from tests.server.conftest import Opener


class Greeting(msgspec.Struct):
    """A greeting."""

    text: str


class GreetingRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The name to greet."""

    name: str


async def greet(request: ReadRequest) -> Response:
    """Greets some names."""
    return json_response(Greeting(", ".join(request.query.values.get("name", []))))


async def greet_one(request: ApiRequest[GreetingRequest]) -> Response:
    """Greets one name."""
    request.wrote(greeted=1)
    return json_response(Greeting(request.body.name))


GREET = Endpoint(
    "GET",
    "/api/greetings",
    greet,
    permission=READ,
    parameters=("name", "tone"),
    parameter_schemas={"name": array({"type": "string"}), "tone": enumeration(("kind", "dry"))},
    required=("name",),
    response=Greeting,
)
GREET_ONE = Endpoint(
    "POST",
    "/api/greetings",
    greet_one,
    permission=action("retry"),
    request=GreetingRequest,
    response=Greeting,
)


@pytest.fixture(autouse=True)
def two_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application with both endpoints."""
    routes = (*app.ROUTES, GREET, GREET_ONE)
    monkeypatch.setattr(app, "ROUTES", routes)
    monkeypatch.setattr(app, "PERMISSIONS", PermissionTable(routes))


async def test_query_and_body_are_checked_and_decoded(open_door: Opener) -> None:
    door = open_door()
    assert await door.answer("/api/greetings?name=ada&name=bob&tone=dry") == {"text": "ada, bob"}
    for query, field in (("tone=dry&tone=dry", "tone"), ("nmae=ada", "nmae")):
        refused = await door.get(f"/api/greetings?{query}")
        assert (refused.status_code, refused.json()["field"]) == (400, field)
    assert (await door.post("/api/greetings", {"name": "ada"})).json() == {"text": "ada"}
    for body, field in (({"name": 1}, "name"), ({"nmae": "ada"}, "nmae"), ({}, "name")):
        refused = await door.post("/api/greetings", body)
        assert (refused.status_code, refused.json()["field"]) == (400, field)
    refused = await door.post("/api/greetings?name=ada", {"name": "ada"})
    assert (refused.status_code, refused.json()["field"]) == (400, "name")


async def test_the_permission_is_required(open_door: Opener) -> None:
    door = open_door("host")
    for rights, read, write in (("read", 200, 403), ("read retry", 200, 200), ("add", 403, 403)):
        door.headers = {"x-user": f"ada:{rights}"}
        assert (await door.get("/api/greetings?name=x")).status_code == read
        assert (await door.post("/api/greetings", {"name": "x"})).status_code == write


async def test_the_description_has_both(open_door: Opener) -> None:
    described = await open_door().answer("/api/openapi.json")
    methods = described["paths"]["/api/greetings"]
    assert {method: operation["summary"] for method, operation in methods.items()} == {
        "get": "Greets some names.", "post": "Greets one name.",
    }  # fmt: skip
    names = {one["name"]: one["required"] for one in methods["get"]["parameters"]}
    assert names == {"name": True, "tone": False, "db": False}
    body = methods["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/GreetingRequest"}
    assert {"Greeting", "GreetingRequest"} <= set(described["components"]["schemas"])


@pytest.mark.parametrize("permission", [one_of("complete", "retry"), Permission()])
def test_a_body_that_names_no_action_needs_a_permission_for_one(permission: Permission) -> None:
    with pytest.raises(TypeError, match="action"):
        Endpoint("POST", "/api/greetings", greet_one, permission=permission, request=GreetingRequest, response=Greeting)
