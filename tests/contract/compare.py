"""How ours is held against the reference: whatever it has, ours has with the same name, type and value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.contract.differences import COMMAND_DIFFERENCES, DIFFERENCES, LONGER_COMMANDS

RECORDED = Path(__file__).parent / "recorded"


def recorded(group: str) -> dict[str, Any]:
    """The recorded answers of a group (or of "commands") by the name of their case, header sets filled in."""
    answers: dict[str, Any] = json.loads((RECORDED / f"{group}.json").read_text("utf-8"))
    sets = json.loads((RECORDED / "headers.json").read_text("utf-8"))
    for answer in answers.values():
        if isinstance(answer.get("headers"), str):
            answer["headers"] = sets[answer["headers"]]
    return answers


def compare_case(group: str, name: str, theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """As `compare`, with what differences.py says about this case instead of their answer; so for command lines."""
    if group == "commands":
        reason, changed = COMMAND_DIFFERENCES.get(name, ("the same exit code, lines and members", {}))
        if name in LONGER_COMMANDS:
            ours = {**ours, "out": ours["out"][: len(theirs["out"])]}
        found = compare_values({**theirs, **changed}, ours, name)
    elif difference := DIFFERENCES.get((group, name)):
        reason, wanted = difference.reason, {"status": difference.status, "left": difference.left or {}}
        found = [f"{key}: {value} is {ours.get(key)}" for key, value in wanted.items() if ours.get(key, {}) != value]
        found += compare_values(difference.body or {}, ours["body"], "body")
    else:
        return compare(theirs, ours)
    return [f"{line} ({reason})" for line in found]


def compare(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """What is missing or different in our answer, one line each; empty when a client would see no difference."""
    found = compare_status(theirs, ours) + compare_headers(theirs, ours)
    if theirs["status"] < 400:
        found += compare_values(theirs.get("body"), ours.get("body"), "body")
        found += compare_values(theirs.get("page"), _without_hidden_token(theirs, ours), "page")
        if ours["type"] != theirs["type"]:
            found.append(f"type: {theirs['type']} is {ours['type']}")
    else:
        found += compare_error(theirs, ours)
    if ours.get("left", {}) != theirs.get("left", {}):
        found.append(f"rows left: {theirs.get('left')} is {ours.get('left')}")
    return found


def compare_status(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """The same status; 400 does for 422, and what the reference answers 500 to is bad input here."""
    allowed = {422: {400, 422}, 500: {400, 422}}.get(theirs["status"], {theirs["status"]})
    return [] if ours["status"] in allowed else [f"status: {theirs['status']} is {ours['status']} ({ours.get('body')})"]


def compare_error(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """Ours always answers JSON with a sentence, a code and a request id; the sentence is theirs where they wrote one."""
    body = ours.get("body")
    if not isinstance(body, dict) or not all(
        isinstance(body.get(name), str) for name in ("error", "code", "request_id")
    ):
        return [f"error body: {body}"]
    said = theirs.get("body", {}).get("error")
    return [] if theirs["status"] >= 422 or said in (None, body["error"]) else [f"error: {said!r} is {body['error']!r}"]


def compare_headers(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """The same headers, on errors too (where the reference forgets them); a policy may be stricter."""
    standard = next(iter(json.loads((RECORDED / "headers.json").read_text("utf-8")).values()))
    wanted = {**standard, **theirs.get("headers", {})}
    if theirs["status"] >= 400:
        wanted["cache-control"] = "no-store"
    found = []
    for name, value in wanted.items():
        mine = ours["headers"].get(name)
        same = _at_least_as_strict(value, mine) if name == "content-security-policy" else mine == value
        if not same:
            found.append(f"header {name}: {value!r} is {mine!r}")
    return found


def compare_values(theirs: Any, ours: Any, where: str) -> list[str]:
    """Every member the reference has, with the same type and value; lists of the same length, in the same order."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        missing = [f"{where}.{key}: missing" for key in theirs if key not in ours]
        shared = [key for key in theirs if key in ours]
        return missing + [line for key in shared for line in compare_values(theirs[key], ours[key], f"{where}.{key}")]
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        return [line for i, item in enumerate(theirs) for line in compare_values(item, ours[i], f"{where}[{i}]")]
    return [] if type(theirs) is type(ours) and theirs == ours else [f"{where}: {theirs!r} is {ours!r}"]


def _without_hidden_token(theirs: dict[str, Any], ours: dict[str, Any]) -> Any:
    """In bearer and header mode our page is public without the token: an empty attribute is right there."""
    page = ours.get("page")
    if page and page.get("data-auth-mode") in ("bearer", "header") and page.get("data-csrf") == "":
        return {**page, "data-csrf": theirs["page"]["data-csrf"]}
    return page


def _at_least_as_strict(theirs: str, ours: str | None) -> bool:
    if ours is None:
        return False
    mine = _directives(ours)
    for name, sources in _directives(theirs).items():
        allowed = mine.get(name, mine.get("default-src", {"*"}))
        if not allowed - {"'none'"} <= sources | {"'self'"} and not _only_hashes(allowed - sources):
            return False
    return True


def _only_hashes(sources: set[str]) -> bool:
    """A hash or a nonce names one known text, which is stricter than 'unsafe-inline'."""
    return all(source.startswith(("'sha256-", "'nonce-")) for source in sources)


def _directives(policy: str) -> dict[str, set[str]]:
    return {words[0]: set(words[1:]) for part in policy.split(";") if (words := part.split())}
