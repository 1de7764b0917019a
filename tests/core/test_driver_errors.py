"""Errors of PostgreSQL, PgBouncer and the network: each has one of ours, and none names an address or a secret."""

from __future__ import annotations

import socket
import string
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from graphile_worker.core.database.driver_errors import translate
from graphile_worker.core.database.transactions import Pool, connect
from graphile_worker.core.exceptions import (
    Busy,
    DatabaseError,
    DatabaseReadOnly,
    DatabaseUnavailable,
    GraphileWorkerError,
    InvalidInput,
    QueryTimeout,
    Refused,
)
from graphile_worker.core.jobs import JobKeyMode, JobSpec, Outcome
from graphile_worker.worker_utils import WorkerUtils
from tests.hardening.servers import bouncer, memory_folder
from tests.hardening.volume import volume
from tests.support.table import Table

LETTERS = string.digits + string.ascii_uppercase
NAMED = "01 02 03 08 09 0A 0B 0F 0L 0P 0Z 20 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F 40 42 44 53 54 55 57 58 72 F0 HV P0 XX"
CLASSES = volume([*NAMED.split(), "00", "ZZ", "90"], [a + b for a in LETTERS for b in LETTERS])


@pytest.fixture
async def raising(utils: WorkerUtils) -> Table:
    """Three jobs; a change of job 2 raises the code in the table `code`."""
    table = Table.of(utils)
    await table.run("insert into {s}._private_tasks (identifier) values ('t')")
    await table.run("insert into {s}._private_jobs (task_id) values (1), (1), (1)")
    await table.run("create table public.code (code text)")
    await table.run("insert into public.code values ('P0001')")
    await table.run(
        "create function {s}.raises() returns trigger language plpgsql as $$ begin"
        " raise exception 'at 10.1.2.3 secret' using errcode = (select code from public.code); end $$;"
        "create trigger raises before update on {s}._private_jobs for each row when (new.id = 2)"
        " execute function {s}.raises()"
    )
    return table


async def test_whatever_a_trigger_raises_is_an_outcome_or_an_error_of_ours(
    raising: Table, utils: WorkerUtils, record_property: Callable[[str, object], None]
) -> None:
    """Every class of SQLSTATE; a rule of the application refuses its own job only."""
    kinds: Counter[str] = Counter()
    for name in CLASSES:
        code = name + "001"
        await raising.pool.execute("update public.code set code = $1", code)
        try:
            report = await utils.reschedule_jobs([1, 2, 3], priority=5)
        except GraphileWorkerError as error:
            pytest.fail(f"{code}: {error}")  # what a function says is nothing that the server says of itself
        else:
            outcomes = [result.outcome for result in report.results]
            busy = [Outcome.BUSY] * 3  # of class 40: a transaction that may be made again
            assert outcomes in ([Outcome.DONE, Outcome.REFUSED, Outcome.DONE], busy), (code, outcomes)
            kinds[outcomes[1].value] += 1
    record_property(
        "figures", f"SQLSTATE classes raised by a trigger {len(CLASSES)}, without an answer 0 ({dict(kinds)})"
    )


@pytest.mark.parametrize(
    "code",
    [
        "01000", "02000", "08006", "28000", "57P01", "P0001", "3D000", "57014", "23514", "23502", "25006", "53300", "42P01", "42883",
        "42703", "42704", "42501", "3F000", "22021", "22P05", "2200H", "21000", "54000", "55000", "GWNOR", "GWBKM", "58030", "XX000",
    ],
)  # fmt: skip
async def test_what_a_trigger_raises_is_not_taken_for_the_end_of_the_connection(
    code: str, raising: Table, utils: WorkerUtils
) -> None:
    await raising.pool.execute("update public.code set code = $1", code)
    report = await utils.retry([1, 2, 3])
    assert [result.outcome.value for result in report.results] == ["done", "refused", "done"]
    reason = f"a trigger or a function of the database refuses this: at 10.1.2.3 secret (SQLSTATE {code})"
    assert report.results[1].reason == reason


async def test_an_add_that_a_trigger_refuses_with_a_warning_s_code_is_refused(
    raising: Table, utils: WorkerUtils
) -> None:
    await raising.run(
        "create trigger raises_too before insert on {s}._private_jobs for each row execute function {s}.raises()"
    )
    await raising.pool.execute("update public.code set code = '01000'")
    with pytest.raises(Refused):
        await utils.add_job("t")


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03"])
async def test_a_function_may_ask_for_another_try(code: str, raising: Table, utils: WorkerUtils) -> None:
    await raising.pool.execute("update public.code set code = $1", code)
    result = (await utils.reschedule_jobs([2], priority=5)).results[0]
    assert result.outcome is Outcome.BUSY
    await raising.run(
        "create trigger raises_too before insert on {s}._private_jobs for each row execute function {s}.raises()"
    )
    with pytest.raises(Busy) as raised:
        await utils.add_job("t")
    assert "wants this to be tried again" in raised.value.message and "at 10.1.2.3 secret" in str(raised.value.server)


ADDS = [JobSpec("t"), JobSpec("t", key="k"), JobSpec("t", key="k", job_key_mode=JobKeyMode.UNSAFE_DEDUPE)]
TRIGGER = (
    "create function {{s}}.odd() returns trigger language plpgsql as $$ begin {} end $$;"
    "create trigger odd before insert on {{s}}._private_jobs for each row execute function {{s}}.odd()"
)


@pytest.mark.any_schema
@pytest.mark.parametrize("spec", ADDS, ids=["plain", "keyed", "deduplicated"])
async def test_a_trigger_that_drops_the_row_is_named(utils: WorkerUtils, spec: JobSpec) -> None:
    await Table.of(utils).run(TRIGGER.format("return null;"))
    with pytest.raises(Refused) as raised:
        await utils.add_jobs([spec])
    assert raised.value.message == "a trigger of the database kept the job from being added; nothing was stored"
    with pytest.raises(Refused):
        await utils.add_jobs([JobSpec("t"), spec])


@pytest.mark.parametrize("spec", ADDS, ids=["plain", "keyed", "deduplicated"])
async def test_our_code_raised_by_a_trigger_keeps_its_words(utils: WorkerUtils, spec: JobSpec) -> None:
    await Table.of(utils).run(TRIGGER.format("raise exception 'closed today' using errcode = 'GWNOR';"))
    with pytest.raises(Refused) as raised:
        await utils.add_jobs([spec])
    assert str(raised.value.server) == "closed today (SQLSTATE GWNOR)"


async def test_a_change_that_takes_too_long_is_no_matter_of_a_filter(utils: WorkerUtils) -> None:
    await Table.of(utils).run(
        TRIGGER.format("perform pg_cancel_backend(pg_backend_pid()); perform pg_sleep(5); return new;")
    )
    with pytest.raises(QueryTimeout) as raised:
        await utils.add_job("t")
    assert "filter" not in str(raised.value.hint) and "triggers" in str(raised.value.hint)
    with pytest.raises(QueryTimeout, match="query") as raised:
        async with utils.database.read(timeout=0.1) as connection:
            await connection.execute("select pg_sleep(5)")
    assert "filter" in str(raised.value.hint)


async def test_a_check_without_a_name(utils: WorkerUtils) -> None:
    table = Table.of(utils)
    await table.run("create table public.parted (n int) partition by list (n)")
    await table.run("create table public.one partition of public.parted for values in (1)")
    await table.run(TRIGGER.format("insert into public.one values (2); return new;"))
    with pytest.raises(Refused, match="^a check of the database refuses this$"):
        await utils.add_job("t")


async def test_a_swallowed_error_is_not_told_as_done(utils: WorkerUtils) -> None:
    """The server answers the commit of a failed transaction with a rollback."""
    with pytest.raises(DatabaseError, match="rolled the transaction back"):
        async with utils.database.write() as connection:
            try:
                await connection.execute("select 1 / 0")
            except Exception:
                pass


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where PgBouncer has its files."""
    with memory_folder() as folder:
        yield folder


async def test_pgbouncer_in_statement_mode_is_named(dsn: str, folder: Path) -> None:
    with bouncer(dsn, folder / "statement", "statement") as address:
        pool = await connect(address)
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable) as raised:
                await WorkerUtils(pool).add_job("t")
        pool.terminate()
    assert raised.value.message == "PgBouncer is in statement mode, in which no transaction can run"
    assert "pool_mode = transaction" in str(raised.value.hint)


@pytest.mark.parametrize("host", ["127.0.0.1:1", "no-such-host.invalid", "localhost:1", "127.0.0.1:1,127.0.0.1:2"])
async def test_no_address_stands_in_a_message_or_a_hint(host: str) -> None:
    """The command line finds it in `detail`, never with the password."""
    pool: Pool = await connect(f"postgresql://someone:s3cret@{host}/db")
    with pytest.raises(DatabaseUnavailable) as raised:
        await WorkerUtils(pool).add_job("t")
    pool.terminate()
    told = f"{raised.value.message} {raised.value.hint}"
    for part in ("127.0.0.1", "localhost", "invalid", "::1", "s3cret", "someone", "5432", "', 1"):
        assert part not in told, told
    assert "s3cret" not in str(raised.value.detail)


def test_addresses_in_texts_of_the_driver_stay_out_of_the_hint() -> None:
    for error in (
        ConnectionRefusedError(111, "Connect call failed ('10.9.8.7', 5432)"),
        OSError("Multiple exceptions: [Errno 111] Connect call failed ('10.9.8.7', 5432), [Errno 113] x"),
        ConnectionError('PostgreSQL server at "10.9.8.7:5432" rejected SSL upgrade'),
        TimeoutError("10.9.8.7"),
    ):
        ours = translate(error)
        assert "10.9.8.7" not in f"{ours.message}{ours.hint}" and "10.9.8.7" in str(ours.detail), error
    assert "Connection refused" in str(translate(ConnectionRefusedError(111, "x")).hint)


def test_the_drivers_text_is_kept_only_where_it_says_more_than_the_reason() -> None:
    """Addresses in plain words; the name of a number that stands in the hint is not said again."""
    one = "[Errno 111] Connect call failed ('127.0.0.1', 5432)"
    for error, detail in (
        (ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 5432)"), "tried 127.0.0.1 port 5432"),
        (OSError(f"Multiple exceptions: {one}, [Errno 111] Connect call failed ('::1', 5432, 0, 0)"),
         "tried 127.0.0.1 port 5432, ::1 port 5432"),
        (ConnectionRefusedError(111, "Connection refused"), None),
        (socket.gaierror(-2, "Name or service not known"), None),
        (FileNotFoundError(2, "No such file or directory"), None),
        (ConnectionError("unexpected connection_lost() call"), "unexpected connection_lost() call"),
    ):  # fmt: skip
        assert translate(error).detail == detail, error


async def test_a_password_with_a_slash_is_not_shown_as_a_port() -> None:
    with pytest.raises(InvalidInput) as raised:
        await connect("postgresql://u:s3cr3t/x@127.0.0.1/db")
    assert "s3cr3t" not in f"{raised.value.message} {raised.value.hint}"
    assert "%2F" in str(raised.value.hint)


async def test_the_address_of_an_applications_own_pool_is_not_shown() -> None:
    for address in ("postgresql://u:s3cr3t/x@127.0.0.1/db", "postgresql://u:a[s3cr3t]1@127.0.0.1/db"):
        with pytest.raises(InvalidInput) as raised:
            async with asyncpg.create_pool(address, min_size=0) as pool:
                await WorkerUtils(pool).add_job("t")
        assert "s3cr3t" not in f"{raised.value.message} {raised.value.hint}" and "%2F" in str(raised.value.hint)


def test_read_only_names_its_code() -> None:
    assert DatabaseReadOnly("x").code == "database_read_only"
