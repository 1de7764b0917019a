"""Asks one implementation everything there is to ask, live; the same for recording, replaying and comparing."""

from __future__ import annotations

import json
import shlex
from typing import Any

import httpx

from tests.contract.commands import COMMANDS
from tests.contract.driver import Driver, volatile_out
from tests.contract.requests import GROUPS, Case

Answers = dict[str, dict[str, Any]]  # group -> case -> answer; the command lines are the group "commands"


async def ask_everything(driver: Driver) -> Answers:
    """Every answer of every group."""
    answers = {group: await ask_group(driver, cases) for group, cases in GROUPS.items()}
    return answers | {"commands": {line: await ask_command(driver, line) for line in COMMANDS}}


async def ask_group(driver: Driver, cases: list[Case]) -> dict[str, Any]:
    """The answers by the name of their case; status 0 where the connection was cut, as the reference does in a panic."""
    await driver.seed()
    answers: dict[str, Any] = {}
    for case in cases:
        try:
            answers[case.name] = await driver.ask(case)
        except httpx.TransportError as error:
            answers[case.name] = {"status": 0, "type": None, "headers": {}, "text": type(error).__name__}
    return answers


async def ask_command(driver: Driver, line: str) -> dict[str, Any]:
    """Exit code and standard output of one command line; JSON as JSON."""
    await driver.seed()
    code, out = await driver.command(*shlex.split(line))
    if line.endswith("--json") and out.strip():
        return {"exit": code, "json": volatile_out(json.loads(out))}
    return {"exit": code, "out": out}


def name_headers(answers: Answers) -> dict[str, dict[str, str]]:
    """Puts a name in place of the headers, which are the same few sets again and again; the sets by name."""
    sets: dict[str, dict[str, str]] = {}
    for answer in (answer for group in answers.values() for answer in group.values()):
        if headers := answer.get("headers"):
            same = [name for name, known in sets.items() if known == headers]
            name = same[0] if same else f"set {len(sets) + 1}: {headers.get('cache-control', 'no cache-control')}"
            sets[name] = headers
            answer["headers"] = name
    return sets
