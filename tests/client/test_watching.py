"""After an action its jobs can be watched: exactly these, bounded, with the refreshes of the page."""

from __future__ import annotations

from graphile_worker.admin.client.model.actions import watched
from tests.client import fakes
from tests.client.program import click
from tests.client.test_bulk import asked, confirm, step


def counts(gone: int, running: int, failed: int, waiting: int) -> dict[str, object]:
    return {
        "gone": gone,
        "running": running,
        "failed": failed,
        "waiting": waiting,
        "as_of": fakes.NOW_TEXT,
        "age_ms": 0,
    }


def test_ids_are_ranges_and_requests_are_bounded() -> None:
    assert watched.batches([]) == []
    assert watched.batches(["9007199254740993", "3", "2", "9007199254740994", "7"]) == [
        "2-3,7,9007199254740993-9007199254740994"
    ]
    dense = watched.batches([str(one) for one in range(1, 4501)])
    assert dense == ["1-2000", "2001-4000", "4001-4500"]
    sparse = watched.batches([str(one * 1000000007) for one in range(1, 2001)])
    assert len(sparse) == 7 and max([len(one) for one in sparse]) <= watched.TEXT_MAX
    assert sum([len(one.split(",")) for one in sparse]) == 2000


def test_ids_have_the_attempts_after_the_action() -> None:
    assert watched.batches(["1", "2", "3", "4", "6"], {"1": 0, "2": 0, "3": 2, "6": 2}) == ["1-2:0,3:2,4,6:2"]
    app, dom, server = asked("run-now")
    confirm(app)
    server.answer("api/jobs/bulk", step((3, "done", "")))
    click(app, "watch", of="bulk")
    assert "api/jobs/progress?ids=3" in server.paths()  # not known of an action on all that match
    assert "It failed again if it has an error and waits for a later time." in dom.shown["gw-toasts"]


def test_the_jobs_of_an_action_on_all_are_watched_until_they_are_done() -> None:
    app, dom, server = asked()
    confirm(app)
    server.answer(
        "api/jobs/bulk", step((3, "done", ""), (4, "done", ""), (7, "running", "worker-1 has it"), next="7-99")
    )
    assert "Watch these" not in dom.shown["gw-toasts"]
    server.answer("api/jobs/bulk", step((9007199254740993, "done", "")))
    assert "Watch these 3<" in dom.shown["gw-toasts"]
    click(app, "watch", of="bulk")
    assert "Watching 3 jobs retried" in dom.shown["gw-toasts"] and "counting …" in dom.shown["gw-toasts"]
    server.answer("api/jobs/progress?ids=3-4:0,9007199254740993:0", counts(1, 1, 0, 1))
    assert "1 left the queue</span>" in dom.shown["gw-toasts"] and "1 running" in dom.shown["gw-toasts"]
    assert "1 waiting" in dom.shown["gw-toasts"] and "0 failed again" in dom.shown["gw-toasts"]
    click(app, "refresh")
    assert [path for path in server.paths() if "progress" in path] == []  # too soon
    dom.now += 2500
    click(app, "refresh")
    server.answer("api/jobs/progress", {"error": "away", "code": "x"}, 503)
    assert "Not counted: away" in dom.shown["gw-toasts"] and "1 running" in dom.shown["gw-toasts"]
    click(app, "refresh")
    server.answer("api/jobs/progress", counts(2, 0, 1, 0))
    assert (
        'class="state failed">1 failed again' in dom.shown["gw-toasts"] and "Not counted" not in dom.shown["gw-toasts"]
    )
    dom.now += 2500
    click(app, "refresh")
    server.answer("api/jobs/progress", counts(3, 0, 0, 0))
    assert dom.shown["gw-live"].startswith("No watched job is left: done or removed")
    dom.now += 2500
    click(app, "refresh")
    assert [path for path in server.paths() if "progress" in path] == []
    click(app, "watch-dismiss")
    assert "Watching" not in dom.shown["gw-toasts"]


def requests(server: fakes.Server) -> list[str]:
    return [path for path in server.paths() if "progress" in path]


def test_a_watch_goes_on_while_the_refresh_is_paused() -> None:
    app, dom, server = asked()
    confirm(app)
    server.answer("api/jobs/bulk", step((3, "done", "")))
    app.state["preferences"]["auto"] = 0
    app.state["selected"] = {"7": True}
    click(app, "watch", of="bulk")
    for answer, status in ((counts(0, 0, 0, 1), 200), ({"error": "away", "code": "x"}, 503), (counts(0, 1, 0, 0), 200)):
        server.answer("api/jobs/progress", answer, status)
        assert requests(server) == []
        dom.now += dom.waits["watch"]
        dom.timers["watch"]()
    dom.away = True
    server.answer("api/jobs/progress", counts(0, 1, 0, 0))
    dom.now += dom.waits["watch"]
    dom.timers["watch"]()  # a hidden tab sends nothing
    assert requests(server) == []
    dom.away = False
    dom.timers["watch"]()
    server.answer("api/jobs/progress", counts(1, 0, 0, 0))
    dom.now += dom.waits["watch"]
    dom.timers["watch"]()  # all are gone
    assert requests(server) == []


def test_the_jobs_of_the_next_action_can_be_watched_instead() -> None:
    app, dom, server = asked()
    confirm(app)
    server.answer("api/jobs/bulk", step((3, "done", "")))
    click(app, "watch", of="bulk")
    click(app, "job-action", name="retry", id="7")
    after = [fakes.job(7, attempts=0)]
    done = {"message": "", "results": [{"id": 7, "outcome": "done", "reason": None}], "jobs": after}
    server.answer("api/jobs/action", done)
    assert dom.shown["gw-toasts"].count("Watch this job<") == 2 and "Watching 1 job retried" in dom.shown["gw-toasts"]
    click(app, "watch", of="result")
    server.answer("api/jobs/progress?ids=3:0", counts(1, 0, 0, 0))  # of the one before: dropped
    assert "counting …" in dom.shown["gw-toasts"]
    server.answer("api/jobs/progress?ids=7:0", counts(0, 0, 1, 0))
    assert "1 failed again" in dom.shown["gw-toasts"] and "an attempt ended without success" in dom.shown["gw-toasts"]


def test_an_answer_after_it_was_closed_is_dropped() -> None:
    app, dom, server = asked()
    confirm(app)
    server.answer("api/jobs/bulk", step((3, "done", "")))
    click(app, "watch", of="bulk")
    click(app, "watch-dismiss")
    server.answer("api/jobs/progress", counts(1, 0, 0, 0))
    assert app.state["watch"] is None and "Watching" not in dom.shown["gw-toasts"]
    click(app, "watch", of="bulk")
    click(app, "go", href="?db=other")
    assert app.state["watch"] is None and "Watch these" not in dom.shown["gw-toasts"]


def test_of_many_jobs_the_first_are_watched() -> None:
    app, dom, server = asked()
    confirm(app)
    rows = [(one, "done", "") for one in range(1, 5002)]
    server.answer("api/jobs/bulk", step(*rows))
    assert "Watch 5,000 of these<" in dom.shown["gw-toasts"]
    click(app, "watch", of="bulk")
    assert "Watching 5,000 jobs retried, the first of 5,001" in dom.shown["gw-toasts"]
    for ids in ("1-2000:0", "2001-4000:0", "4001-5000:0"):
        assert [path for path in server.paths() if "progress" in path] == ["api/jobs/progress?ids=" + ids]
        server.answer("api/jobs/progress", counts(400, 0, 100, 0))
    assert (
        "1200 left the queue" in dom.shown["gw-toasts"].replace(",", "")
        and "300 failed again" in dom.shown["gw-toasts"]
    )


def test_nothing_runs_after_a_job_was_failed_or_completed() -> None:
    app, dom, server = asked("complete")
    confirm(app)
    server.answer("api/jobs/bulk", step((3, "done", "")))
    assert "Watch these" not in dom.shown["gw-toasts"]
