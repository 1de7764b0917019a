"""Everything that changes something: the dialogs that ask, the requests, what became of them."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.handlers import bulk, filtering, maintenance, palette, undo
from graphile_worker.admin.client.io import bodies, loaders
from graphile_worker.admin.client.model import job_actions, state
from graphile_worker.admin.client.model.dialogs import ask, close, done_with, post, refuse, told


def verb(app: Any, event: dict[str, Any]) -> None:
    """A verb on one job (data-id) or on the selection: asked first, or done."""
    name = str(event["data"].get("verb"))
    one = event["data"].get("id")
    if app.state["all_matching"] and not one:
        bulk.begin(app, name)
        return
    jobs = [state.latest_job(app.state, one)] if one else state.selected_rows(app.state)
    found = [dict(job) for job in jobs if job is not None]
    touched, left = job_actions.split(name, found, state.database_now(app.state))
    if job_actions.asks_first(name, len(touched), len(left)):
        ask(app, "verb", action=name, jobs=found, values=_typed_before(app, name))
    elif touched:
        act(app, name, touched, {}, "", None)


def _typed_before(app: Any, name: str) -> dict[str, Any]:
    """What was typed for this verb when it left jobs alone; nothing once all of them were done."""
    last = app.state["result"]
    if last is None or last["action"] != name or not [one for one in last["results"] if one["outcome"] != "done"]:
        return {}
    return dict(last["values"])


def add_job(app: Any, event: Any) -> None:
    """The dialog for a new job; what a refused try held is gone with Cancel."""
    ask(app, "add", values={"payload": "{}"})


def clone(app: Any, event: dict[str, Any]) -> None:
    """The dialog for a new job, filled in from the open one; without its key, which the old one may still hold."""
    job = app.state["detail"]["job"]
    values = {"identifier": job["task_identifier"], "payload": job["payload_text"], "queue": job["queue_name"] or ""}
    for name in ("priority", "max_attempts"):
        values[name] = str(job[name])
    values["flags"] = ", ".join(sorted(job["flags"])) if job.get("flags") else ""
    ask(app, "add", values=values, source_id=job["id"])


def remove_key(app: Any, event: Any) -> None:
    """The dialog for a key."""
    ask(app, "remove")


def keyboard(app: Any, event: Any) -> None:
    """The map of keys."""
    ask(app, "keys")


def confirm(app: Any, event: dict[str, Any]) -> None:
    """The dialog's own button."""
    box = app.state["dialog"]
    if box is None or box.get("busy"):
        return
    box["values"] = event.get("form") or {}
    box["error"] = None
    _CONFIRM[box["kind"]](app, box)


def _when(app: Any, box: dict[str, Any]) -> str:
    typed = str(box["values"].get("run_at") or "")
    return filtering.from_box(app, typed) or typed if typed else ""


# ── verbs ────────────────────────────────────────────────────────────────


def _confirm_verb(app: Any, box: dict[str, Any]) -> None:
    box["busy"] = True
    act(app, box["action"], box["jobs"], box["values"], _when(app, box), box)


def act(
    app: Any, name: str, jobs: list[dict[str, Any]], values: dict[str, Any], run_at: str, box: dict[str, Any] | None
) -> None:
    """POST api/jobs/action; the answer says per id what happened and stays on the page."""
    epoch = app.state["context_version"]

    def done(answer: Any, error: Any) -> None:
        if answer is None and error.get("results"):
            answer = error  # the outcome of some ids is unknown, of the others it is there
            app.toast(told(error), "bad", error)
        if answer is None:
            refuse(app, error, box)
            return
        results = answer.get("results") or []
        if app.state["context_version"] != epoch:
            kind = "good" if all([one["outcome"] == "done" for one in results]) else "bad"
            app.toast(job_actions.summary(name, results), kind)  # of another database or login: no ids to act on
            return
        done_with(app, box)
        for one in results:
            one["id"] = str(one["id"])
        app.state["result"] = {"action": name, "results": results, "values": values}
        undo.remember(app, name, jobs, values, run_at, answer)
        rest = [one["id"] for one in results if one["outcome"] not in ("done", "not_found", "unknown")]
        app.state["selected"] = {job_id: True for job_id in rest if job_id in app.state["selected"]}
        app.say(job_actions.spoken_summary(name, results, state.database_now(app.state)))
        loaders.refresh(app)

    post(app, "api/jobs/action", bodies.action(name, jobs, values, run_at), done)


def _confirm_bulk(app: Any, box: dict[str, Any]) -> None:
    if box["preview"] is not None:
        bulk.confirmed(app, box, _when(app, box))


def _confirm_add(app: Any, box: dict[str, Any]) -> None:
    box["busy"] = True

    def done(answer: Any, error: Any) -> None:
        if answer is None:
            if error.get("field") == "body":
                error = dict(error, field="payload", error=str(error["error"]).replace("body", "payload", 1))
            refuse(app, error, box)
            return
        done_with(app, box)
        app.toast(*_added(answer))
        loaders.refresh(app)

    post(app, "api/jobs", bodies.add(box["values"], _when(app, box)), done)


def _added(answer: dict[str, Any]) -> tuple[str, str]:
    """The message, and what became of the job that had the key."""
    said = {
        "replaced": ": it was waiting with this key and was replaced",
        "deduplicated": ": it has this key already and was left as it is",
        "split": ": job %s with this key runs, finishes its attempt and is not tried again" % answer.get("previous_id"),
    }.get(str(answer.get("outcome")))
    return str(answer["message"]) + (said or ""), "note" if said else "good"


def _confirm_remove(app: Any, box: dict[str, Any]) -> None:
    box["busy"] = True

    def done(answer: Any, error: Any) -> None:
        if answer is None:
            refuse(app, error, box)
        elif answer.get("outcome") == "not_found":
            refuse(app, {"field": "key", "error": answer["message"]}, box)
        else:
            done_with(app, box)
            app.toast(*_removed(answer))
            loaders.refresh(app)

    post(app, "api/jobs/remove-by-key", bodies.remove(str(box["values"].get("key") or "")), done)


def _removed(answer: dict[str, Any]) -> tuple[str, str]:
    if answer.get("outcome") == "key_released":
        return answer["message"] + ": it is running, so it only lost its key and will not be tried again", "note"
    return answer["message"], "good"


def _confirm_nothing(app: Any, box: dict[str, Any]) -> None:
    close(app)


_CONFIRM = {
    "verb": _confirm_verb,
    "bulk": _confirm_bulk,
    "add": _confirm_add,
    "remove": _confirm_remove,
    "maintain": maintenance.confirmed,
    "keys": _confirm_nothing,
    "palette": palette.confirmed,
}

TABLE = {
    "verb": verb,
    "add-job": add_job,
    "clone": clone,
    "remove-key": remove_key,
    "keys": keyboard,
    "confirm": confirm,
    "close-dialog": close,
}
