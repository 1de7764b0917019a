"""Named statements: their blocks, their parts and their named parameters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.sql import statement as admin_statement
from graphile_worker.core import sql as core_sql
from graphile_worker.core.locks import config
from graphile_worker.core.migration.sql import script
from graphile_worker.core.queue import Queue
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import Loader, statement
from graphile_worker.core.sql.parameters import numbered
from graphile_worker.worker_utils import WorkerUtils


@pytest.mark.parametrize(
    ("text", "expected", "names"),
    [
        ("select :b, :a, :b", "select $1, $2, $1", ("b", "a")),
        ("select :ids::text[]::bigint[]", "select $1::text[]::bigint[]", ("ids",)),
        ("select j.id::text", "select j.id::text", ()),
        ("select ':no', :yes", "select ':no', $1", ("yes",)),
        ("select 'it''s :no', :yes", "select 'it''s :no', $1", ("yes",)),
        (r"select E'a\' :no', :yes", r"select E'a\' :no', $1", ("yes",)),
        ("select E'a'\n  '\\' :no', :yes", "select E'a'\n  '\\' :no', $1", ("yes",)),
        (r"select '\', :yes", r"select '\', $1", ("yes",)),
        ('select ":no", "a"":no", :yes', 'select ":no", "a"":no", $1', ("yes",)),
        ("do $$ begin x := :no; end $$; select :yes", "do $$ begin x := :no; end $$; select $1", ("yes",)),
        ("do $a$ $$ :no $a$; select :yes", "do $a$ $$ :no $a$; select $1", ("yes",)),
        ("select 1 -- :no\n, :yes", "select 1 -- :no\n, $1", ("yes",)),
        ("select /* it's :no\n */ :yes, 'x'", "select /* it's :no\n */ $1, 'x'", ("yes",)),
        ("select {time:now()}, :yes", "select {time:now()}, $1", ("yes",)),
        ("select (a)[1:5], (a)[: :last::int]", "select (a)[1:5], (a)[: $1::int]", ("last",)),
    ],
)
def test_parameters_are_numbered_in_the_order_of_their_first_place(
    text: str, expected: str, names: tuple[str, ...]
) -> None:
    assert numbered(text) == (expected, names)


def test_a_missing_and_a_superfluous_parameter_are_named_with_their_statement() -> None:
    keyed = statement("jobs.keyed")
    with pytest.raises(TypeError, match=r"jobs\.keyed needs the parameter 'alive'"):
        keyed.bind(Schema(), {"key": "k"})
    with pytest.raises(TypeError, match=r"jobs\.keyed has no parameter 'keys'"):
        keyed.bind(Schema(), {"key": "k", "alive": None, "keys": []})


def test_what_a_schema_is_called_is_no_part_of_the_statement() -> None:
    schema = Schema("a:b :key {schema} $$ \" '")
    text, values = statement("jobs.keyed").bind(schema, {"key": "k", "alive": None})
    assert schema.quoted in text
    assert set(values) == {"k", None}
    assert "$3" not in text


def test_parts_that_are_not_chosen_leave_their_parameters_out() -> None:
    every = admin_statement("selection.count", conditions=())
    some = admin_statement("selection.count", conditions=("keys", "states"), states=("ready", "failed"))
    assert every.bind(Schema(), {"most": 1})[1] == [1]
    text, values = some.bind(Schema(), {"keys": ["k"], "most": 1})
    assert values == [1, ["k"]]
    assert "j.run_at <= now()\nor j.locked_at is null" in text
    with pytest.raises(TypeError, match=r"selection\.count has no parameter 'keys'"):
        every.bind(Schema(), {"keys": ["k"], "most": 1})


def test_statements_are_values() -> None:
    assert statement("jobs.checked", lock="without_lock") == statement("jobs.checked", lock="without_lock")
    assert statement("jobs.checked", lock="without_lock") != statement("jobs.checked", lock="skip_locked_jobs")


def test_a_package_has_the_files_of_its_base() -> None:
    assert "is_available" in admin_statement("fragments.ready").text(Schema())
    with pytest.raises(OSError):
        Loader("graphile_worker.core.sql").statement("suggest.queue").text(Schema())


async def test_a_transaction_binds_by_name(utils: WorkerUtils) -> None:
    job = await utils.add_job("t", key="k")
    async with utils.queue.read() as tx:
        row = await tx.fetchrow(statement("jobs.keyed"), key="k", alive=None)
        with pytest.raises(TypeError, match=r"jobs\.keyed needs the parameter 'key'"):
            await tx.fetchrow(statement("jobs.keyed"), alive=None)
    assert row is not None and row["id"] == job.id


async def test_each_queue_of_a_database_has_its_own_knowledge(utils: WorkerUtils) -> None:
    other = Queue(utils.database, Schema("elsewhere"))
    async with utils.queue.read() as tx:
        assert (await tx.capabilities()).state.verdict == "current"
    async with other.read_unchecked() as tx:
        assert (await tx.capabilities()).state.verdict == "missing"
    assert other.database_name == utils.queue.database_name is not None


def test_another_database_makes_another_queue(utils: WorkerUtils) -> None:
    before = utils.queue
    utils.database = before.database
    assert utils.queue is not before
    assert utils.schema == before.schema


def test_the_limits_of_liveness_stand_once() -> None:
    """The browser's vocabulary repeats two of them, and the functions of the schema the age of Node's workers."""
    assert vocabulary.OLD_LOCK_SECONDS == vocabulary.STALE_LOCK_HOURS * 3600 == config.OLD_LOCK_SECONDS
    assert vocabulary.OLD_LOCK_MINIMUM == config.OLD_LOCK_MINIMUM
    assert script("functions").text(Schema()).count(f"interval '{config.OLD_LOCK_SECONDS} seconds'") == 4
    folder = Path(core_sql.__file__).parent
    files = [*folder.glob("*.sql"), *folder.parent.glob("*/sql/*.sql")]
    own = {file.name: file.read_text("utf-8") for file in files}
    assert [name for name, text in own.items() if re.search(r"interval '(4 hours|5 minutes|300 seconds)'", text)] == []
