"""Checks each message of a server before the login is complete, and then passes it to the driver.

The driver accepts messages of any size, blocks the event loop for any number of SCRAM iterations, ends the process if
SCRAM messages arrive in the wrong order, and decodes text as UTF-8 only. A guard between the transport and the driver's
protocol therefore checks all messages up to ReadyForQuery and then removes itself. `connect` inserts it by passing an
event loop of its own to the driver.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from asyncpg.protocol import Protocol
from asyncpg.serverversion import split_server_version_string

from graphile_worker.conninfo.connect.server_problems import (
    LoginRefused,
    no_postgresql,
    no_session,
    too_large,
    too_many_iterations,
    unknown_version,
    wrong_order,
)

MESSAGE_MAX = 65_536  # bytes; libpq reads errors of 30,000 and other messages of 2,000 before the login
ITERATIONS_MAX = 1_000_000  # of SCRAM; about a second, in which the event loop is blocked
_HEAD = 5  # a letter and the size, which includes itself but not the letter
_BEFORE_LOGIN, _BEHIND_IT = b"RENv", b"RENvSKZ"  # kinds of messages
_LET_IN, _SASL, _SASL_CONTINUE, _SASL_FINAL = 0, 10, 11, 12
_AFTER = {_SASL: None, _SASL_CONTINUE: _SASL, _SASL_FINAL: _SASL_CONTINUE}
_ITERATIONS = re.compile(rb",i=0*(\d+)")  # as the driver parses them
_VERSION = b"server_version"


async def connect(**arguments: Any) -> asyncpg.Connection[asyncpg.Record]:
    """`asyncpg.connect` with a guard. Also raises LoginRefused."""
    loop = asyncio.get_running_loop()
    guarded = _Loop(loop)
    try:
        connection: Any = await asyncpg.connect(**arguments | {"loop": guarded})
    except BaseException as error:
        guarded.abort()
        await asyncio.sleep(0)  # the event loop closes an aborted socket in its next iteration
        if guarded.refusal is not None and isinstance(error, Exception):
            raise guarded.refusal from error
        raise
    connection._loop = loop  # the driver reads the current task of the loop
    return connection  # type: ignore[no-any-return]


class _Guard(asyncio.Protocol):
    """Passes on the valid messages of a login and removes itself afterwards. It gives the loop the reason before it
    closes a connection."""

    def __init__(self, driver: Protocol, loop: _Loop) -> None:
        self.driver = driver
        self.transport: Any = None
        self._loop = loop
        self._held = b""  # the beginning of a message
        self._asked: int | None = None  # the last AuthenticationRequest
        self._named = False  # the server has sent its version
        self._over = False  # the guard or the server has refused the login: nothing more is read

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Passes the event to the driver, which starts the login."""
        self.transport = self._loop.transport = transport
        self.driver.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Passes the event to the driver."""
        self.driver.connection_lost(exc)

    def eof_received(self) -> bool | None:
        """Returns the driver's answer."""
        return self.driver.eof_received()

    def pause_writing(self) -> None:
        """Passes the event to the driver."""
        self.driver.pause_writing()

    def resume_writing(self) -> None:
        """Passes the event to the driver."""
        self.driver.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Passes on all complete messages."""
        if self._over:
            return
        try:
            passed = self._passed(self._held + data)
        except LoginRefused as refusal:
            self._over = True
            self._loop.refusal = refusal
            self.transport.abort()
            return
        if passed:
            self.driver.data_received(passed)

    def _passed(self, data: bytes) -> bytes:
        """The messages to pass on; incomplete ones are kept. Raises LoginRefused."""
        passed = []
        begin = 0
        while len(data) >= begin + _HEAD:
            kind = data[begin : begin + 1]
            end = begin + 1 + self._size(kind, data[begin + 1 : begin + _HEAD])
            if len(data) < end:
                break
            passed.append(self._checked(kind, data[begin + _HEAD : end]))
            begin = end
            if kind == b"Z":  # the login is complete
                self.transport.set_protocol(self.driver)
                passed.append(data[begin:])
                break
            if kind == b"E":  # the login is refused
                self._over = True
                break
        self._held = data[begin:]
        return b"".join(passed)

    def _size(self, kind: bytes, size: bytes) -> int:
        """The size in the header of a message. Raises LoginRefused."""
        number = int.from_bytes(size)
        if kind not in (_BEHIND_IT if self._asked == _LET_IN else _BEFORE_LOGIN) or number < 4:
            raise no_postgresql()
        if number > MESSAGE_MAX:
            raise no_session() if kind == b"E" and size.isalpha() else too_large(number)
        return number

    def _checked(self, kind: bytes, body: bytes) -> bytes:
        """The message for the driver."""
        if kind == b"R":
            self._check_request(body)
        elif kind == b"S":
            self._check_status(body)
        elif kind == b"Z" and not self._named:
            raise unknown_version("")
        elif kind in (b"E", b"N"):  # in the encoding of the server, because no encoding is negotiated yet
            body = body.decode(errors="replace").encode()
        return kind + (len(body) + 4).to_bytes(4) + body

    def _check_request(self, body: bytes) -> None:
        code = int.from_bytes(body[:4])
        if len(body) < 4 or (code in _AFTER and self._asked != _AFTER[code]):
            raise wrong_order()
        self._asked = code
        if code == _SASL_CONTINUE:
            for digits in _ITERATIONS.findall(body):
                if len(digits) > len(str(ITERATIONS_MAX)) or int(digits) > ITERATIONS_MAX:
                    raise too_many_iterations(ITERATIONS_MAX)

    def _check_status(self, body: bytes) -> None:
        """Checks the server version, because the driver leaves a connection with an unreadable version open."""
        name, _, value = body.partition(b"\0")
        if name == _VERSION:
            version = value.rstrip(b"\0").decode(errors="replace")
            try:
                split_server_version_string(version)
            except ValueError:
                raise unknown_version(version) from None
            self._named = True


class _Loop:
    """The event loop for one `asyncpg.connect`. It puts a guard around the driver's protocol and closes the socket of
    each failed attempt."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.transport: Any = None  # of the last attempt
        self.refusal: LoginRefused | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    async def create_connection(self, factory: Callable[[], Any], *args: Any, **named: Any) -> tuple[Any, Any]:
        """As the method of the loop."""
        return await self._connected(self._loop.create_connection, factory, *args, **named)

    async def create_unix_connection(self, factory: Callable[[], Any], *args: Any, **named: Any) -> tuple[Any, Any]:
        """As the method of the loop."""
        return await self._connected(self._loop.create_unix_connection, factory, *args, **named)

    async def _connected(
        self, way: Callable[..., Awaitable[tuple[Any, Any]]], factory: Callable[[], Any], *args: Any, **named: Any
    ) -> tuple[Any, Any]:
        if self.refusal is not None:  # the driver tries again without TLS
            raise self.refusal
        self.abort()
        transport, protocol = await way(lambda: self.guarded(factory()), *args, **named)
        self.transport = transport
        if isinstance(protocol, _Guard):
            return transport, protocol.driver
        return _Transport(transport, self), protocol  # the driver requests TLS, and another protocol follows

    async def start_tls(self, transport: _Transport, *args: Any, **named: Any) -> _Transport | None:
        """As the method of the loop, which returns no transport for a closed connection."""
        secured = await self._loop.start_tls(transport.own, *args, **named)
        return _Transport(secured, self) if secured is not None else None

    def guarded(self, protocol: Any) -> Any:
        """The protocol with a guard around it."""
        return _Guard(protocol, self) if isinstance(protocol, Protocol) else protocol

    def abort(self) -> None:
        """Closes the socket of the last attempt. The driver closes a TLS connection in order: until the server has
        closed its end too, for up to 30 seconds, the socket stays open."""
        if self.transport is not None:
            self.transport.abort()


class _Transport:
    """A transport that puts a guard around its next protocol. The driver uses it for the whole connection, so `write`
    is the transport's own method."""

    def __init__(self, own: Any, loop: _Loop) -> None:
        self.own = own
        self.write = own.write
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    def set_protocol(self, protocol: Any) -> None:
        """The driver calls it after the protocol has received the connection."""
        guarded = self._loop.guarded(protocol)
        if isinstance(guarded, _Guard):
            guarded.transport = self.own
        self.own.set_protocol(guarded)
