"""Our own reading of an address, asked as psql is."""

from __future__ import annotations

import asyncio
import json
import os
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import asyncpg

from graphile_worker.conninfo import resolve
from graphile_worker.core.exceptions import GraphileWorkerError, InvalidInput
from tests.connection.answers import QUERY, Answer, reached
from tests.connection.cases import Placed
from tests.connection.peers import PATIENCE


@contextmanager
def surrounded(case: Placed) -> Iterator[None]:
    """This process has the environment and the working folder of the case."""
    before, folder = dict(os.environ), os.getcwd()
    try:
        os.environ.clear()
        os.environ.update(case.environ)
        os.chdir(case.home)
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)


async def _ask(case: Placed) -> Answer:
    try:
        options = resolve(case.address)
    except InvalidInput as error:
        return Answer("refused", text=_text(error))
    tried = tuple(f"{host.host or host.hostaddr}:{host.port}" for host in options.hosts)
    try:
        connection = await options.connect(timeout=PATIENCE)
    except InvalidInput as error:
        return Answer("refused", text=_text(error))
    except GraphileWorkerError as error:  # before OSError: NoSuitableServer says what was found
        return Answer("unfit", text=_text(error), tried=tried, notes=options.notes)
    except asyncpg.PostgresError as error:
        return Answer("server", text=str(error), tried=tried, notes=options.notes)
    except ssl.SSLError as error:
        return Answer("unfit", text=str(error), tried=tried, notes=options.notes)
    except (OSError, TimeoutError) as error:
        unfit = re.search("SSL|TLS|target_session_attrs", str(error))
        return Answer("unfit" if unfit else "away", text=str(error), tried=tried, notes=options.notes)
    try:
        return reached(json.loads(await connection.fetchval(QUERY)), options.notes)
    finally:
        await connection.close()


def _text(error: GraphileWorkerError) -> str:
    return " ".join(part for part in (error.message, error.hint, error.detail) if part)


def ask_ours(cases: Sequence[Placed]) -> list[Answer]:
    """Our answers, one after the other: each has an environment of its own."""

    async def run() -> list[Answer]:
        answers = []
        for case in cases:
            with surrounded(case):
                answers.append(await _ask(case))
        return answers

    return asyncio.run(run())
