"""Serves the admin by itself: uvicorn with every setting that matters said aloud."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn

from graphile_worker.admin.server.app import create_app
from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.admin.server.hosts import HostPolicy, is_loopback, parse_listen
from graphile_worker.admin.server.protocol import BoundedProtocol
from graphile_worker.admin.server.streams import Streams

SHUTDOWN_SECONDS = 3
DEAD_MS = (
    60_000  # until a client that acknowledges nothing is taken to be gone; by itself Linux waits a quarter of an hour
)


async def serve(config: AdminServerConfig, *, on_ready: Callable[[str], None] | None = None) -> None:
    """Serves until the task is cancelled or the process gets SIGINT or SIGTERM; `on_ready` gets the URL.

    Raises OSError when the address cannot be had.
    """
    host, port = parse_listen(config.listen_addr)
    listener = _bind(host, port)
    bound = listener.getsockname()
    if config.auth.mode == "none" and not is_loopback(bound[0]):
        listener.close()
        raise ValueError(f"auth mode none is only allowed on a loopback address, not on {bound[0]}")
    streams = Streams()
    server = _Server(
        streams,
        uvicorn.Config(
            create_app(config, policy=HostPolicy.served(host, config.allowed_hosts), streams=streams),
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            limit_concurrency=200,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        ),
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not (server.started or serving.done()):
            await asyncio.sleep(0.005)
        if on_ready and server.started:
            on_ready(url_of(bound[0], bound[1]) + (f"{config.prefix}/" if config.prefix else ""))
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving
        await streams.stopped()
        listener.close()


class _Server(uvicorn.Server):
    """Ends `serve` on a signal, and leaves it to the caller what comes after."""

    def __init__(self, streams: Streams, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Event streams end before anybody waits for them."""
        self._streams.stop()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM ask this server to stop, as long as it serves."""
        loop, caught = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)
        try:
            for number in caught:
                loop.add_signal_handler(number, self.handle_exit, number, None)
        except (NotImplementedError, ValueError, RuntimeError):  # Windows, or not the main thread
            yield
            return
        try:
            yield
        finally:
            for number in caught:
                loop.remove_signal_handler(number)


def url_of(host: str, port: int) -> str:
    """`http://127.0.0.1:5678`, IPv6 in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    # said as TCP, or the event loop does not switch Nagle's algorithm off and every answer waits 40 ms for an ACK
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_MS)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener
