"""The schema's own functions, as every peer calls them: the row each leaves behind.

The expected rows are those of the reference; all calls and states were run side by side on both when these were made.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg
import pytest

from graphile_worker.core.database.transactions import Pool

S = "graphile_worker"
HOLDERS = {  # a job with the key `k`, by the state it is in: attempts of 7, age of the lock
    "waiting": (0, None),
    "retrying": (2, None),
    "used_up": (7, None),
    "running": (2, "1 minute"),
    "abandoned": (2, "10 hours"),
}


async def hold(pool: Pool, state: str, payload: str = '{"old": 1}') -> None:
    """Puts a job with the key `k` into that state: id 1, task `old`, queue `oq`, in an hour, 7 attempts."""
    await pool.execute(f"select {S}.add_job('old', $1, 'oq', now() + interval '1 hour', 7, 'k', 3, '{{x}}')", payload)
    await pool.execute(
        f"update {S}._private_jobs set attempts = $1::int, last_error = case when $1::int > 0 then 'boom' end,"
        " locked_by = case when $2::text is not null then 'w' end, locked_at = now() - $2::text::interval",
        *HOLDERS[state],
    )


async def jobs(pool: Pool) -> list[dict[str, Any]]:
    """All jobs, oldest first, with what a test wants to see of them."""
    rows = await pool.fetch(
        "select j.id, t.identifier as task, q.queue_name as queue, j.payload::text as payload, j.key, j.attempts,"
        " j.max_attempts as most, j.priority, j.revision, j.last_error as error, j.locked_by as worker,"
        " j.flags::text as flags, j.run_at > now() + interval '30 minutes' as later,"
        f" exists (select from {S}._private_job_retirements r where r.id = j.id) as retired"
        f" from {S}._private_jobs j join {S}._private_tasks t on t.id = j.task_id"
        f" left join {S}._private_job_queues q on q.id = j.job_queue_id order by j.id"
    )
    return [dict(row) for row in rows]


async def code(pool: Pool, call: str) -> str | None:
    """The SQLSTATE a call fails with."""
    with pytest.raises(asyncpg.PostgresError) as caught:
        await pool.fetch(call.replace("{s}", S))
    return caught.value.sqlstate


@pytest.mark.parametrize("mode", ["replace", "preserve_run_at", None])
@pytest.mark.parametrize("state", ["waiting", "retrying"])
async def test_a_waiting_job_is_replaced_where_it_stands(pool: Pool, mode: str | None, state: str) -> None:
    await hold(pool, state)

    await pool.execute(f"""select {S}.add_job('new', '{{"n":1}}', job_key => 'k', job_key_mode => $1)""", mode)

    [job] = await jobs(pool)
    assert (job["id"], job["key"], job["revision"], job["retired"]) == (1, "k", 1, False)
    assert (job["task"], job["queue"], job["payload"], job["flags"]) == ("new", None, '{"n":1}', None)
    assert (job["attempts"], job["most"], job["priority"], job["error"]) == (0, 25, 0, None)
    assert job["later"] == (mode == "preserve_run_at" and state == "waiting")


@pytest.mark.parametrize("state", ["running", "abandoned", "used_up"])
async def test_a_job_that_ran_gives_its_key_to_a_new_one_and_retires(pool: Pool, state: str) -> None:
    await hold(pool, state)

    await pool.execute(f"select {S}.add_job('new', job_key => 'k')")

    old, new = await jobs(pool)
    assert (old["key"], old["attempts"], old["most"], old["retired"]) == (None, 7, 7, True)
    assert (old["worker"], old["error"]) == (None if state == "used_up" else "w", "boom")
    assert (new["task"], new["key"], new["attempts"], new["retired"]) == ("new", "k", 0, False)


@pytest.mark.parametrize("state", HOLDERS)
async def test_unsafe_dedupe_leaves_the_job_as_it_is(pool: Pool, state: str) -> None:
    await hold(pool, state)
    [before] = await jobs(pool)

    await pool.execute(f"select {S}.add_job('new', '[1]', 'nq', job_key => 'k', job_key_mode => 'unsafe_dedupe')")

    assert await jobs(pool) == [{**before, "revision": 1}]
    assert await pool.fetchval(f"select count(*) from {S}._private_tasks where identifier = 'new'") == 1


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [
        ('[1, {"b":1,"a":2}]', "[2]", [1, {"a": 2, "b": 1}, 2]),
        ("[1]", '{"n":1}', {"n": 1}),
        ('{"o":1}', "[2]", [2]),
        ("[1]", None, {}),
        ("[1]", "null", None),
    ],
)
async def test_two_arrays_are_joined_anything_else_replaces(pool: Pool, old: str, new: str | None, result: Any) -> None:
    await hold(pool, "waiting", old)

    await pool.execute(f"select {S}.add_job('t', $1, job_key => 'k')", new)

    assert json.loads((await jobs(pool))[0]["payload"]) == result


async def test_a_batch_keeps_the_order_of_its_input(pool: Pool) -> None:
    names = [f"t{number % 3}" for number in range(10)]

    added = await pool.fetch(
        f"select j.id, j.task_id from {S}.add_jobs("
        f" array(select row(n, null, null, null, null, null, null, null)::{S}.job_spec from unnest($1::text[]) n)) j",
        names,
    )
    tasks = {row["id"]: row["identifier"] for row in await pool.fetch(f"select * from {S}._private_tasks")}

    assert [tasks[row["task_id"]] for row in added] == names


async def test_known_names_use_up_no_identity(pool: Pool) -> None:
    for _ in range(5):
        await pool.execute(f"select {S}.add_job('t', queue_name => 'q')")

    assert await pool.fetchval(f"select last_value from {S}.tasks_id_seq") == 1
    assert await pool.fetchval(f"select last_value from {S}.job_queues_id_seq") == 1


@pytest.mark.parametrize(
    ("call", "state"),
    [
        ("select {s}.add_job('t', job_key => 'k', job_key_mode => 'nope')", "GWBKM"),
        ("select {s}.add_job(null)", "23502"),
        ("select {s}.add_job(repeat('x', 129))", "23514"),
        ("select {s}.add_job('t', queue_name => repeat('x', 129))", "23514"),
        ("select {s}.add_job('t', job_key => '')", "23514"),
        ("select {s}.add_job('t', job_key => repeat('x', 513))", "23514"),
        ("select {s}.add_job('t', max_attempts => 0)", "23514"),
        ("select {s}.add_job('t', max_attempts => 32768)", "22003"),
        ("select {s}.add_job('t', priority => -32769)", "22003"),
        ("select {s}.add_job('t', flags => array['a', null])", "22023"),
        ("select {s}.reschedule_jobs(array[1], max_attempts => 0) from {s}.add_job('t')", "23514"),
        ("select {s}.worker_heartbeat(null)", "23502"),
    ],
)
async def test_what_is_refused_has_the_code_peers_expect(pool: Pool, call: str, state: str) -> None:
    assert await code(pool, call) == state
    assert await jobs(pool) == []


async def test_one_key_twice_in_a_batch_is_refused(pool: Pool) -> None:
    spec = "row('t', null, null, null, null, 'k', null, null)::{s}.job_spec"

    assert await code(pool, f"select {{s}}.add_jobs(array[{spec}, {spec}])") == "21000"


@pytest.mark.parametrize(
    ("state", "left"),
    [("waiting", []), ("used_up", []), ("abandoned", []), ("running", [(None, 7, "w", True)])],
)
async def test_remove_job(pool: Pool, state: str, left: list[Any]) -> None:
    await hold(pool, state)

    removed = await pool.fetchrow(f"select * from {S}.remove_job('k')")

    assert removed is not None
    assert removed["id"] == 1
    assert [(j["key"], j["attempts"], j["worker"], j["retired"]) for j in await jobs(pool)] == left


async def test_remove_job_without_such_a_key_returns_a_row_of_nulls(pool: Pool) -> None:
    assert [row["id"] for row in await pool.fetch(f"select * from {S}.remove_job('k')")] == [None]


@pytest.mark.parametrize("function", ["complete_jobs", "permanently_fail_jobs", "reschedule_jobs"])
@pytest.mark.parametrize(("age", "touched"), [("239 minutes", []), ("241 minutes", [1])])
async def test_four_hours_make_a_lock_old(pool: Pool, function: str, age: str, touched: list[int]) -> None:
    await hold(pool, "running")
    await pool.execute(f"update {S}._private_jobs set locked_at = now() - $1::text::interval", age)

    rows = await pool.fetch(f"select id from {S}.{function}(array[1, 1, -5, 99]::bigint[])")

    assert [row["id"] for row in rows] == touched


async def test_failing_marks_and_rescheduling_unmarks(pool: Pool) -> None:
    await hold(pool, "retrying")

    await pool.execute(f"select {S}.permanently_fail_jobs(array[1])")
    [failed] = await jobs(pool)
    await pool.execute(f"select {S}.reschedule_jobs(array[1], run_at => now(), attempts => 0, priority => -4)")
    [wanted] = await jobs(pool)

    assert (failed["attempts"], failed["error"], failed["retired"]) == (7, "Manually marked as failed", True)
    assert (wanted["attempts"], wanted["priority"], wanted["most"], wanted["retired"]) == (0, -4, 7, False)
    assert (wanted["error"], wanted["later"], wanted["key"]) == ("Manually marked as failed", False, "k")


async def test_returned_jobs_get_their_attempt_back_unless_retired(pool: Pool) -> None:
    await hold(pool, "running")
    await pool.execute(f"update {S}._private_job_queues set locked_by = 'w', locked_at = now()")

    await pool.execute(f"select {S}._private_return_jobs('somebody else', array[1])")
    assert (await jobs(pool))[0]["worker"] == "w"
    await pool.execute(f"select {S}._private_return_jobs('w', array[1], 3600000, 'gone', true)")

    [job] = await jobs(pool)
    assert (job["worker"], job["attempts"], job["error"], job["later"]) == (None, 1, "gone", True)
    assert await pool.fetchval(f"select is_available from {S}._private_job_queues")

    await pool.execute(f"update {S}._private_jobs set locked_by = 'w', locked_at = now(), attempts = 2")
    await pool.execute(f"select {S}.remove_job('k')")
    await pool.execute(f"select {S}._private_return_jobs('w', array[1])")
    [given_up] = await jobs(pool)
    assert (given_up["worker"], given_up["attempts"], given_up["error"]) == (None, 7, "gone")


async def test_heartbeats(pool: Pool) -> None:
    async def stale(threshold: str | None) -> list[str]:
        rows = await pool.fetch(f"select worker_id from {S}.list_stale_workers($1::text::interval)", threshold)
        return sorted(row["worker_id"] for row in rows)

    await pool.execute(f"""select {S}.worker_heartbeat('a', '{{"pid": 1}}'), {S}.worker_heartbeat('b')""")
    await pool.execute(f"update {S}._private_workers set last_heartbeat_at = now() - interval '1 hour' where id = 'a'")
    assert (await stale("1 minute"), await stale(None), await stale("-1 minute")) == (["a"], [], ["a", "b"])

    await pool.execute(f"select {S}.worker_heartbeat('a')")
    assert await stale("1 minute") == []
    assert await pool.fetchval(f"select metadata::text from {S}._private_workers where id = 'a'") == '{"pid": 1}'

    await pool.execute(f"select {S}.worker_deregister('a'), {S}.delete_stale_workers('{{b}}')")
    assert await pool.fetchval(f"select count(*) from {S}._private_workers") == 0


async def test_orphans_hold_an_old_lock_and_never_registered(pool: Pool) -> None:
    await hold(pool, "abandoned")
    listing = f"select array(select worker_id from {S}.list_orphan_locked_workers($1::text::interval))"

    assert await pool.fetchval(listing, "5 hours") == ["w"]
    assert await pool.fetchval(listing, "11 hours") == []
    await pool.execute(f"select {S}.worker_heartbeat('w')")
    assert await pool.fetchval(listing, "5 hours") == []


async def test_a_keyed_add_that_meets_a_worker_loses_nothing(pool: Pool, dsn: str) -> None:
    """The worker commits its lock while the add waits for the row: the add makes a new job."""
    await hold(pool, "waiting")
    worker = await asyncpg.connect(dsn)
    transaction = worker.transaction()
    await transaction.start()
    await worker.execute(f"update {S}._private_jobs set locked_by = 'w', locked_at = now(), attempts = 1")
    adding = asyncio.create_task(pool.fetchval(f"select (j).id from {S}.add_job('new', job_key => 'k') j"))
    async with asyncio.timeout(10):
        while not await pool.fetchval(
            "select exists (select from pg_stat_activity"
            " where wait_event_type = 'Lock' and query like '%add_job%' and datname = current_database())"
        ):
            await asyncio.sleep(0.01)
    await transaction.commit()
    await worker.close()

    assert await adding is not None
    old, new = await jobs(pool)
    assert (old["key"], old["worker"], old["retired"]) == (None, "w", True)
    assert (new["key"], new["task"], new["worker"]) == ("k", "new", None)


async def test_adds_announce_themselves(pool: Pool, dsn: str) -> None:
    heard: list[str] = []
    listener = await asyncpg.connect(dsn)
    await listener.add_listener("jobs:insert", lambda *call: heard.append(str(call[3])))
    dedupe = f"select {S}.add_job('t', job_key => 'k', job_key_mode => 'unsafe_dedupe')"
    for call in (
        f"select {S}.add_job('t')",
        dedupe,
        dedupe,  # the job is there: nobody has to wake up
        f"select {S}.remove_job('k')",
        f"select {S}.remove_job('k')",
        f"select {S}.add_jobs('{{}}')",
    ):
        await pool.execute(call)
    await pool.execute("""select pg_notify('jobs:insert', '{"count": "last"}')""")
    async with asyncio.timeout(10):
        while not any("last" in text for text in heard):
            await listener.fetchval("select 1")
    await listener.close()

    counts = [json.loads(text)["count"] if text else "" for text in heard]
    assert counts == [1, 1, -1, "", "last"]
