"""Serves the admin with uvicorn, with explicit values of the settings that matter."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial

import uvicorn

from graphile_worker.admin.server.app import assemble
from graphile_worker.admin.server.audit.audit_file import AuditFile
from graphile_worker.admin.server.audit.audit_guard import Audit
from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.admin.server.databases import DatabaseDirectory
from graphile_worker.admin.server.http.protocol import BoundedProtocol
from graphile_worker.admin.server.limits.connections import Connections
from graphile_worker.admin.server.live.streams import Streams
from graphile_worker.admin.server.page.assets import loaded
from graphile_worker.admin.server.process.reload import reloading
from graphile_worker.admin.server.process.repeated_logs import LOGGER, RepeatedLogFilter
from graphile_worker.admin.server.process.shutdown import CancelledRequestMiddleware
from graphile_worker.admin.server.process.tls import Certificate
from graphile_worker.admin.server.security.csrf import Csrf
from graphile_worker.admin.server.security.exposure import check_exposure, exposure_warnings
from graphile_worker.admin.server.security.hosts import HostPolicy, in_url, parse_listen, reachable
from graphile_worker.core.secrets.redaction import redacting_logger

SHUTDOWN_SECONDS = 3
CANCEL_SECONDS = 1.0  # that a cancelled request has to end its statement and to respond
DEAD_MS = 60_000  # until a connection without acknowledgements is closed; the default of Linux is about 15 minutes

log = redacting_logger("graphile_worker.admin")
HANDSHAKE_SECONDS = 5.0  # for the TLS handshake of a client

BACKLOG = 50  # sockets accepted before the first of them is counted: fewer than DESCRIPTORS_KEPT
LOGS = ("uvicorn.error", "asyncio", LOGGER)  # loggers of messages that a client can cause


async def serve(
    config: AdminServerConfig,
    *,
    on_ready: Callable[[str], None] | None = None,
    on_warning: Callable[[str], None] | None = None,
) -> None:
    """Serves until the task is cancelled or the process gets SIGINT or SIGTERM.

    SIGHUP reloads the certificate and reopens an AuditFile. Raises OSError when the address cannot be bound, and
    AssetsChanged when an asset of the page is not the one that was built.

    Args:
        on_ready: gets the URL when the server accepts connections.
        on_warning: gets a sentence for each weakness of the configuration at this address; the default is the log.
    """
    loaded()
    host, port = parse_listen(config.listen_addr)
    listener = _bind(host, port)
    bound = listener.getsockname()
    try:
        check_exposure(config.auth, bound[0])
        certificate = _certificate(config)
    except ValueError:
        listener.close()
        raise
    for warning in exposure_warnings(config, bound[0]):
        (on_warning or partial(log.warning, "%s"))(warning)
    databases = DatabaseDirectory.of(config, Csrf(config.auth.secret))
    streams, audit = Streams(), Audit(config, databases)
    policy = HostPolicy.served(host, config.allowed_hosts)
    server = _Server(
        streams,
        uvicorn.Config(
            CancelledRequestMiddleware(assemble(config, databases, policy, streams, audit)),
            http=partial(BoundedProtocol, connections_of_server=Connections()),  # type: ignore[arg-type]
            ws="none",
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            ssl_context_factory=None if certificate is None else lambda *_: certificate.context,
        ),
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    repeated = RepeatedLogFilter()
    for name in LOGS:
        redacting_logger(name).addFilter(repeated)
    try:
        while not (server.started or serving.done()):
            await asyncio.sleep(0.005)
        with reloading(_reloads(config, certificate)):
            if on_ready and server.started:
                scheme = "http" if certificate is None else "https"
                on_ready(url_of(bound[0], bound[1], scheme) + (f"{config.prefix}/" if config.prefix else ""))
            await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving
        await streams.stopped()
        await asyncio.gather(*(context.shared.stop() for context in databases))
        audit.close()
        listener.close()
        for name in LOGS:
            logging.getLogger(name).removeFilter(repeated)


def _certificate(config: AdminServerConfig) -> Certificate | None:
    return None if config.tls_cert is None or config.tls_key is None else Certificate(config.tls_cert, config.tls_key)


def _reloads(config: AdminServerConfig, certificate: Certificate | None) -> dict[str, Callable[[], None]]:
    """The functions that SIGHUP calls, by the name of what they reload."""
    reloads = {} if certificate is None else {"certificate": certificate.reload}
    return reloads | ({"audit log": config.audit.reopen} if isinstance(config.audit, AuditFile) else {})


class _Server(uvicorn.Server):
    """Stops on a signal without raising it again, so that `serve` returns."""

    def __init__(self, streams: Streams, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._streams = streams

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's for open sockets, with a shorter timeout of the TLS handshake than its minute."""
        await self.lifespan.startup()
        loop, config = asyncio.get_running_loop(), self.config
        protocol: Callable[..., asyncio.Protocol] = config.http_protocol_class
        make = partial(protocol, config=config, server_state=self.server_state, app_state=self.lifespan.state)
        seconds = None if config.ssl is None else HANDSHAKE_SECONDS
        self.servers = [
            await loop.create_server(
                make, sock=listener, ssl=config.ssl, ssl_handshake_timeout=seconds, backlog=BACKLOG
            )
            for listener in sockets or ()
        ]
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the event streams before uvicorn waits for them, and closes the sockets that are still open afterwards."""
        self._streams.stop()
        await super().shutdown(sockets)
        if self.server_state.tasks:  # they were cancelled and send their responses
            await asyncio.wait(self.server_state.tasks, timeout=CANCEL_SECONDS)
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handles SIGINT and SIGTERM while the server runs."""
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


def url_of(host: str, port: int, scheme: str = "http") -> str:
    """`http://127.0.0.1:5678`, with IPv6 in brackets, and loopback for a wildcard address."""
    return f"{scheme}://{in_url(reachable(host))}:{port}"


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    # with an explicit protocol, or the event loop leaves Nagle's algorithm on and responses wait 40 ms for an ACK
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
