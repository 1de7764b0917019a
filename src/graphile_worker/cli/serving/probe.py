"""A health request to an admin of this machine over a plain socket, because an HTTP library starts too slowly."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass

from graphile_worker.admin.server.http.paths import check_prefix
from graphile_worker.admin.server.security.hosts import in_url, parse_listen, reachable
from graphile_worker.core.exceptions import Refused

SECONDS = 3.0  # for connection, TLS handshake and response together
ANSWER_MAX = 16_384  # bytes; the response of an admin is below 1,000
_ANSWER = re.compile(rb"HTTP/1\.[01] (\d{3}) .*?\r\n\r\n(.*)", re.DOTALL)
_STATUS = re.compile(rb'\{"status":"(ok|ready|unavailable)"\}')


@dataclass(frozen=True, slots=True)
class ProbeAddress:
    """The address of a health endpoint of an admin."""

    host: str
    port: int
    path: str
    tls: bool

    @classmethod
    def of(cls, listen: str, prefix: str, probe: str, *, tls: bool) -> ProbeAddress:
        """From the options of `admin`: loopback where it listens on all interfaces. Raises ValueError that names the option."""
        check_prefix(prefix)
        host, port = parse_listen(listen)
        if port == 0:
            raise ValueError("--listen must name the port that the admin has: 0 lets the system choose one")
        return cls(reachable(host), port, prefix + probe, tls)

    @property
    def healthy(self) -> str:
        """The status in a healthy response."""
        return "ready" if self.path.endswith("/readyz") else "ok"

    @property
    def url(self) -> str:
        """The URL for messages."""
        return f"{'https' if self.tls else 'http'}://{in_url(self.host)}:{self.port}{self.path}"


def answered(address: ProbeAddress, seconds: float = SECONDS) -> str:
    """The status `ok` or `ready`. Raises Refused for another response, and for none in time."""
    try:
        raw = _exchanged(address, time.monotonic() + seconds)
    except TimeoutError:
        raise Refused(f"no answer from {address.url} within {seconds:g} seconds") from None
    except OSError as error:
        raise Refused(f"no answer from {address.url}: {error.strerror or error}") from None
    answer = _ANSWER.fullmatch(raw)
    status = _STATUS.fullmatch(answer[2]) if answer else None
    if answer is None or status is None:
        what = f"the status {answer[1].decode()}" if answer else "something else than HTTP"
        raise Refused(f"the answer of {address.url} is not one of an admin, but {what}", hint=_hint(address))
    if answer[1] != b"200" or status[1].decode() != address.healthy:
        raise Refused(f"the admin at {address.url} answers {status[1].decode()!r}")
    return status[1].decode()


def _hint(address: ProbeAddress) -> str:
    tls = "without --tls" if address.tls else "with --tls where it has --tls-cert"
    return f"Give the --listen and --prefix of the admin, and {tls}."


def _exchanged(address: ProbeAddress, deadline: float) -> bytes:
    """The bytes that the server sends until it closes. Raises OSError, and TimeoutError after the deadline."""
    connection: socket.socket
    with socket.create_connection((address.host, address.port), _left(deadline)) as connection:
        if address.tls:
            connection = _encrypted(connection, deadline)
        with connection:
            request = f"GET {address.path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            connection.settimeout(_left(deadline))
            connection.sendall(request.encode("ascii"))
            received = b""
            while len(received) < ANSWER_MAX:
                connection.settimeout(_left(deadline))
                more = connection.recv(ANSWER_MAX)
                if not more:
                    break
                received += more
            return received


def _encrypted(connection: socket.socket, deadline: float) -> socket.socket:
    """The connection with TLS. The certificate is not verified: it is for the public name, and no secret is sent."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection.settimeout(_left(deadline))
    try:
        return context.wrap_socket(connection)
    except ssl.SSLError as error:
        reason = (error.reason or "it ended").replace("_", " ").lower()
        raise OSError(f"the handshake of TLS failed ({reason})") from None


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
