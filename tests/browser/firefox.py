"""Firefox as the distribution ships it, driven by WebDriver BiDi, which it speaks itself."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.browser.screen import PATIENCE, eventually

_LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


class Firefox:
    """One tab; `complaints` holds every warning and error of the console."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._tab = ""
        self.complaints: list[str] = []

    async def begin(self) -> None:
        """A session with the first tab."""
        await self._call("session.new", capabilities={})
        self._tab = (await self._call("browsingContext.getTree"))["contexts"][0]["context"]
        await self._call("session.subscribe", events=["log.entryAdded"])

    async def open(self, url: str) -> None:
        """The address, until the program runs."""
        await self._call("browsingContext.navigate", context=self._tab, url=url, wait="complete")
        await eventually(lambda: self.evaluate("document.documentElement.dataset.ready"), "1")

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression of text, number or truth."""
        answer = await self._call(
            "script.evaluate", expression=expression, target={"context": self._tab}, awaitPromise=False
        )
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    async def click(self, css: str) -> None:
        """A click of the mouse on the first element that fits."""
        assert await self.evaluate(f"!!document.querySelector({json.dumps(css)})"), f"there is no {css}"
        found = await self._call(
            "browsingContext.locateNodes", context=self._tab, locator={"type": "css", "value": css}
        )
        origin = {"type": "element", "element": {"sharedId": found["nodes"][0]["sharedId"]}}
        moves = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        await self._act({"type": "pointer", "id": "mouse", "actions": moves})

    async def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        await self._act({"type": "key", "id": "keys", "actions": strokes})

    async def _act(self, source: dict[str, Any]) -> None:
        await self._call("input.performActions", context=self._tab, actions=[source])

    async def _call(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(await asyncio.wait_for(self._socket.recv(), PATIENCE))
            if message.get("id") == number:
                assert message["type"] == "success", message
                return message["result"]
            if message.get("method") == "log.entryAdded" and message["params"]["level"] in ("warn", "error"):
                self.complaints.append(message["params"]["text"])


@contextlib.asynccontextmanager
async def firefox() -> AsyncIterator[Firefox]:
    """A Firefox of its own, with a profile of its own; nothing may complain in the end."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program, "there is no Firefox; scripts/install --dev brings one"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        arguments = ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        process = await asyncio.create_subprocess_exec(program, *arguments, stderr=asyncio.subprocess.PIPE)
        try:
            async with connect(await _address(process) + "/session", max_size=None) as socket:
                tab = Firefox(socket)
                await tab.begin()
                yield tab
            assert tab.complaints == []
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr
    output = ""
    while line := (await asyncio.wait_for(process.stderr.readline(), 60)).decode("utf-8", "replace"):
        if found := _LISTENING.search(line):
            return found[1]
        output += line
    raise AssertionError(f"Firefox ended: {output[-500:]}")
