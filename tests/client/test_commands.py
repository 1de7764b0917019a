"""The same as a command: it follows the form, is copied exactly, and is quoted for a shell and for PostgreSQL."""

from __future__ import annotations

from graphile_worker.admin.client.model.commands.quoting import identifier, literal, shell
from tests.client import fakes
from tests.client.program import THREE, click, started, tick_box


def test_words_of_a_shell() -> None:
    for text, quoted in (
        ("send_email", "send_email"),
        ("", "''"),
        ("it's $HOME", "'it'\\''s $HOME'"),
        ("=ls", "'=ls'"),
        ("two\nlines\t\\", "$'two\\nlines\\t\\\\'"),
        ("北'\u202e\x1b", "$'北\\'\\xe2\\x80\\xae\\x1b'"),
    ):
        assert shell(text) == quoted


def test_constants_and_names_of_sql() -> None:
    assert literal("it's") == "'it''s'" and literal("a\\'b\n\u202e") == "E'a\\\\''b\\n\\U0000202e'"
    assert identifier('my "odd" schéma') == '"my ""odd"" schéma"'


def test_the_lines_follow_the_form_and_are_copied_exactly() -> None:
    app, dom, _server = started(jobs=THREE)
    tick_box(app, "9007199254740993")
    tick_box(app, "3")
    click(app, "job-action", name="fail")
    assert "<summary>The same as a command</summary>" in dom.shown["gw-dialog"] and "<pre" not in dom.shown["gw-dialog"]
    app.on_event({"type": "input", "action": "command-typed", "form": {"reason": ""}})
    assert "graphile-worker fail 9007199254740993 3</pre>" in dom.shown["gw-dialog"]
    app.on_event({"type": "input", "action": "command-typed", "form": {"reason": "it's \u202e"}})
    assert "\\xe2\\x80\\xae" in dom.shown["gw-dialog"]
    click(app, "copy-command", name="cli")
    click(app, "copy-command", name="sql")
    assert dom.copied == [
        "graphile-worker fail --reason $'it\\'s \\xe2\\x80\\xae' 9007199254740993 3",
        "select * from \"graphile_worker\".permanently_fail_jobs('{9007199254740993,3}'::bigint[], E'it''s \\U0000202e');",
    ]
    assert "The command line takes the database shop from DATABASE_URL." in dom.shown["gw-dialog"]


def test_there_is_no_sql_for_a_job_with_an_old_lock() -> None:
    """The action releases the lock first; the functions of the schema leave such a job as it is."""
    locked = fakes.job(9, state="locked", locked_at="2026-11-24T04:04:12Z", locked_by="w")
    for rows, names in (
        ([locked], ["cli", "curl"]),
        ([locked, fakes.job(8)], ["cli", "curl"]),
        ([fakes.job(8)], ["cli", "curl", "sql"]),
        ([dict(locked, locked_at="2026-11-24T09:01:12Z"), fakes.job(8)], ["cli", "curl", "sql"]),  # it is skipped
    ):
        app, dom, _server = started(jobs=fakes.page_of(*rows))
        app.on_event({"type": "change", "action": "select-page", "checked": True, "data": {}})
        click(app, "job-action", name="fail")
        app.on_event({"type": "input", "action": "command-typed", "form": {}})
        commands = {one["name"]: one["text"] for one in app.state["dialog"]["commands"]}
        assert sorted(commands) == names and ("permanently_fail_jobs" in dom.shown["gw-dialog"]) == ("sql" in names)
        assert "9" in commands["cli"] or locked not in rows
        assert "9" not in commands.get("sql", "")


def test_the_lines_of_an_export_are_made_when_they_are_opened() -> None:
    app, dom, _server = started("?state=failed&queue=a%26b", jobs=THREE)
    assert "graphile-worker export" not in dom.shown["gw-admin"]
    app.on_event({"type": "input", "action": "command-typed", "form": {}})
    line = "graphile-worker export --state failed --queue &#39;a&amp;b&#39; --format csv --sort=-id --output jobs-shop-failed-a-b-2026-11-24.csv<"
    assert line in dom.shown["gw-tools"]
    click(app, "copy-command", name="curl")
    assert dom.copied[0].endswith(
        "'http://admin.test/api/jobs/export?state=failed&queue=a%26b&format=csv&bom=true&sort=-id'"
    )


def test_links_and_ids_are_copied() -> None:
    app, dom, _server = started("?state=failed&job=7", jobs=THREE)
    click(app, "copy-link", id="7")
    click(app, "copy-link")
    tick_box(app, "3")
    tick_box(app, "9007199254740993")
    click(app, "copy-ids")
    assert dom.copied == [
        "http://admin.test/?state=failed&job=7",
        "http://admin.test/?state=failed",
        "9007199254740993\n3\n",
    ]
