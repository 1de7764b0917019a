"""The board asks for metrics and labels that exist, and shows each of them."""

from __future__ import annotations

import json
import re
from typing import Any

from graphile_worker.admin.server.metrics import METRICS, STATES
from scripts.generate_docs import ROOT

BOARD: dict[str, Any] = json.loads((ROOT / "docs/grafana/graphile-worker.json").read_text("utf-8"))
QUERIES = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
VARIABLES = {variable["name"]: variable for variable in BOARD["templating"]["list"]}
ALERTS = re.findall(r"expr: ([\"'])(.+?)\1", (ROOT / "docs/metrics.md").read_text("utf-8"))


def test_every_metric_it_asks_for_is_exported_and_every_one_is_shown() -> None:
    asked = {name for query in QUERIES for name in re.findall(r"graphile_worker_\w+", query)}
    assert asked == set(METRICS)
    named = VARIABLES["job"]["query"]["query"] + " ".join(expr for _, expr in ALERTS)
    assert set(re.findall(r"graphile_worker_\w+", named)) <= set(METRICS)


def test_its_labels_are_the_metrics_own() -> None:
    assert len(ALERTS) == 4
    for query in [*QUERIES, *(expr for _, expr in ALERTS)]:
        (name,) = re.findall(r"graphile_worker_\w+", query)
        used = set(re.findall(r"(\w+)=\"", query)) | {
            label for by in re.findall(r"by \(([^)]*)\)", query) for label in by.split(", ")
        }
        assert used <= {*METRICS[name][0], "job"}, query
        assert set(re.findall(r"state=\"(\w+)\"", query)) <= {*STATES, "stale"}, query


def test_it_is_a_board_of_grafana_10() -> None:
    assert (BOARD["schemaVersion"], BOARD["id"], BOARD["uid"]) == (38, None, "graphile-worker")
    assert VARIABLES["datasource"]["type"] == "datasource" and VARIABLES["datasource"]["query"] == "prometheus"
    source = {"type": "prometheus", "uid": "${datasource}"}
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids) > 10
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken and max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
        assert panel["type"] in ("stat", "timeseries") and panel["title"] and panel["description"]
        assert [panel["datasource"], *(target["datasource"] for target in panel["targets"])] == [source] * (
            1 + len(panel["targets"])
        )
