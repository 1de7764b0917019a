"""Values of the payload as columns: in the address, in the settings, in the rows."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.model import queries
from graphile_worker.admin.client.model.commands import export
from tests.client import fakes
from tests.client.program import THREE, started


def entered(app: App, path: str) -> None:
    app.on_event({"type": "change", "action": "payload-path", "data": {}, "value": path})


def valued(*values: Any) -> dict[str, Any]:
    jobs = [fakes.job(number + 1, payload_values=list(one)) for number, one in enumerate(values)]
    return fakes.page_of(*jobs)


def test_a_column_is_part_of_the_address_and_of_the_request() -> None:
    app, dom, server = started("?state=ready", jobs=THREE)
    entered(app, " customer.id ")
    assert dom.search == "?payload_path=customer.id&state=ready"
    assert "payload_path=customer.id" in [path for path in server.paths() if path.startswith("api/jobs?")][0]
    server.answer(
        "api/jobs",
        valued(
            [{"text": "<b>4\u202e2"}],
            [None],
            [{"text": "x" * 200, "note": "cut"}],
            [{"text": None, "note": "too_large"}],
        ),
    )
    shown = dom.shown["gw-table"]
    assert '<th scope="col" class="c-value">customer.id</th>' in shown
    assert ">&lt;b&gt;4⟨U+202E⟩2</td>" in shown and "<b>4" not in shown
    assert '<td class="c-value"><i class="faint">–</i></td>' in shown and "x…</td>" in shown
    assert '<i class="faint">too large to read</i>' in shown


def test_columns_stay_on_other_screens_and_without_filters() -> None:
    app, dom, server = started("?state=ready&payload_path=a&payload_path=b.c", jobs=THREE)
    assert 'href="?view=queues&amp;payload_path=a&amp;payload_path=b.c"' in dom.shown["gw-admin"]
    assert 'href="?payload_path=a&amp;payload_path=b.c" data-action="go">clear all' in dom.shown["gw-admin"]
    assert "api/jobs/count" not in "".join(server.paths()) and "payload_path" not in app.state["count"]["query"]
    assert 'aria-label="Remove column a"' in dom.shown["gw-admin"]


def test_what_is_no_path_is_refused_and_named() -> None:
    app, dom, _ = started(jobs=THREE)
    entered(app, "a b")
    assert dom.search == "" and "like customer.id" in dom.shown["gw-toasts"]
    entered(app, "  ")
    app, dom, _ = started("?payload_path=a..b&payload_path=c&payload_path=d&payload_path=e&payload_path=f", jobs=THREE)
    assert app.state["route"]["payload_path"] == ["c", "d", "e"]
    assert app.state["dropped"] == ["payload_path=a..b", "payload_path=f"]
    assert "Remove column c" in dom.shown["gw-admin"] and "gw-path-" not in dom.shown["gw-admin"]


def test_the_columns_are_part_of_exports() -> None:
    app, _, _ = started('?payload_path=customer.id&payload_path="a b"&state=ready', jobs=THREE)
    path = queries.export_path(app.state["route"], "csv")
    assert (
        path
        == "api/jobs/export?state=ready&payload_path=customer.id&payload_path=%22a%20b%22&format=csv&bom=true&sort=-id"
    )
    line, curl = [command["text"] for command in export.commands(app.state)]
    assert "--column customer.id" in line and """--column '"a b"'""" in line
    assert "payload_path=customer.id&payload_path=%22a%20b%22" in curl
