"""A password is nowhere shown, whatever is wrong with the address, the files or the server."""

from __future__ import annotations

import asyncio
import io
import logging
import shutil
import subprocess
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings

from graphile_worker.conninfo import resolve
from graphile_worker.core.database import transactions
from graphile_worker.worker_utils import WorkerUtils
from tests.cli.support import PROGRAM
from tests.connection.cases import Case, Placed, placed
from tests.connection.leaks import CASES, each_shape, shown
from tests.connection.ours import surrounded
from tests.connection.servers import Servers
from tests.hardening.volume import volume
from tests.support.imports import OURS_FIRST

SECONDS = 3.0  # that a server may take to let us in
EXAMPLES = volume(60, 600)
TOKEN = "QzZ/JqX:ZzJ@QXq%ZéJz#JXQ?qZJ&XJZ=zQq[JßX]qqJ'ZXQ\"JzX\\QXJ JZq;XqZ"  # marks, and letters between them
OTHER = "QXZJqzjßQXJéz"  # letters alone: a piece may stand where a mark would have ended it


@contextmanager
def recorded(said: io.StringIO) -> Iterator[None]:
    """What goes to standard output, standard error, the log at its lowest level and the warnings."""
    handler = logging.StreamHandler(said)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)r"))
    root = logging.getLogger()
    before = root.handlers, root.level
    root.handlers = [handler]
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(said), redirect_stderr(said), warnings.catch_warnings():
            warnings.simplefilter("always")
            yield
    finally:
        root.handlers, level = before
        root.setLevel(level)


def told(error: BaseException) -> str:
    """An error in every form in which it may be shown, with its causes."""
    parts: list[str] = []  # without the lines of the source, which hold no secret
    one: BaseException | None = error
    while one is not None:
        parts += [*traceback.format_exception_only(one), str(one), repr(one), repr(one.args), repr(vars(one))]
        one = one.__cause__ or one.__context__
    return "\n".join(parts)


async def tried(case: Placed) -> str:
    """Everything that resolving and connecting in each way say, and the forms of the objects."""
    said: list[Any] = []
    try:
        options = resolve(case.address)
        said += [repr(options), str(options), options.notes, repr(options.named("x")), repr(options.hosts)]
        connection = await options.connect(timeout=SECONDS)
        said.append(repr(connection))
        await connection.close()
    except Exception as error:
        said.append(told(error))
    try:
        pool = await transactions.connect(case.address)
        said += [repr(pool), repr(WorkerUtils(pool)), repr(transactions.Database(pool))]
        try:
            async with transactions.Database(pool).read() as connected:
                said.append(repr(connected))
        finally:
            pool.terminate()
    except Exception as error:
        said.append(told(error))
    return "\n".join(map(str, said))


def test_no_piece_of_a_secret_is_shown_in_process(
    servers: Servers, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    seen: list[str] = []

    def check(secret: str, case: Case) -> None:
        home = tmp_path / "home"
        shutil.rmtree(home, ignore_errors=True)
        one, said = placed(case, servers, home), io.StringIO()
        with surrounded(one), recorded(said):
            text = asyncio.run(tried(one))
        assert text
        assert not shown(secret, text + said.getvalue()), f"{case} with {secret!r}:\n{text}\n{said.getvalue()}"
        seen.append(case.name)

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(CASES)
    def check_any(example: tuple[str, Case]) -> None:
        check(*example)

    for secret in (TOKEN, OTHER):
        for case in each_shape(secret):
            check(secret, case)
    check_any()
    record_property("figures", f"secrets in process: {len(seen)} examples of {len(set(seen))} shapes, 0 pieces shown")


COMMANDS = [["doctor"], ["list"], ["migrate"], ["stats", "--json"]]


def test_a_piece_is_found_in_every_form() -> None:
    for form in (TOKEN, TOKEN[5:8], repr(TOKEN), repr([repr(TOKEN)]), quote(TOKEN), quote(TOKEN, safe="").lower()):
        assert shown(TOKEN, f"database-url is no address: {form}.")
    assert not shown(TOKEN, "postgresql://app:***@127.0.0.1:5432/a?sslmode=verify-full")


def program(arguments: list[str], environ: dict[str, str], folder: Path) -> str:
    """Both outputs of the program, which ends by itself."""
    done = subprocess.run(
        [*PROGRAM, *arguments], env=environ | OURS_FIRST, cwd=folder, capture_output=True, encoding="utf-8",
        errors="replace", timeout=90, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stderr and "mistake of ours" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def ways(command: list[str], case: Placed) -> list[tuple[list[str], dict[str, str]]]:
    """Arguments and variables: an address as an option, in the environment, and twice in a file of databases, which is refused."""
    if case.address is None:
        return [(command, {})]
    (case.home / "databases").write_text(f"first={case.address}\nfirst={case.address}\n", "utf-8")
    file = ["admin", "--listen", "127.0.0.1:0", "--databases-file", "databases"]
    option, variable = [*command, "--database-url", case.address], {"DATABASE_URL": case.address}
    return [(option, {}), (command, variable | {"PYTHONDEVMODE": "1"}), (file, {})]


@pytest.mark.variants(1)
@pytest.mark.parametrize("secret", [TOKEN, OTHER], ids=["marks", "letters"])
def test_no_piece_of_a_secret_is_shown_by_the_program(
    servers: Servers, tmp_path: Path, secret: str, record_property: Callable[[str, object], None]
) -> None:
    """Each shape, in one of the ways in turn."""
    cases = list(enumerate(each_shape(secret)))[:: volume(8, 1)]
    for number, case in cases:
        one = placed(case, servers, tmp_path / str(number))
        given = ways(COMMANDS[number % len(COMMANDS)], one)
        arguments, variables = given[number % len(given)]
        said = program(arguments, one.environ | variables, one.home)
        assert said.strip() and not shown(secret, said), f"{case}, {arguments}:\n{said}"
    record_property("figures", f"secrets on the command line: {len(cases)} runs, 0 pieces shown")
