"""Odd and hostile requests as bytes: request lines, targets, Host, headers, framing, bodies, pipelines, other protocols.

They bring no credentials. Some hide a second request that does, and adds a job: see `hidden`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.hardening.raw import Case

HOST = b"Host: localhost\r\n"
CLOSE = b"Connection: close\r\n"
END = b"\r\n"
MALFORMED = 400
UNKNOWN = 401  # well-formed, but nobody is logged in
# A request that would add a job. It stands where a parser that is mistaken about the end of the first one finds it.
PLACEHOLDER = b"<hidden>"
HIDDEN_BODY = b'{"identifier":"smuggled"}'


def hidden(credentials: bytes) -> bytes:
    """The hidden request; `credentials` are the lines of Authorization and of the CSRF token."""
    head = b"POST /api/jobs HTTP/1.1\r\n" + HOST + CLOSE + credentials + b"Content-Type: application/json\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(HIDDEN_BODY) + HIDDEN_BODY


def case(
    name: str, sent: bytes, *statuses: int | tuple[int, ...], half_closed: bool = False, body: bool = True
) -> Case:
    """A case; a tuple stands for any one of its statuses."""
    sets = tuple(frozenset(one if isinstance(one, tuple) else (one,)) for one in statuses)
    return Case(name, sent, sets, half_closed, body)


def line_cases() -> Iterator[Case]:
    """Request lines and other protocols."""
    head = HOST + CLOSE + END
    for name, line, status in (
        ("HTTP/1.1", b"GET /healthz HTTP/1.1", 200),
        ("HTTP/1.0", b"GET /healthz HTTP/1.0", 200),
        ("HTTP/0.9", b"GET /healthz", MALFORMED),
        ("HTTP/1.2", b"GET /healthz HTTP/1.2", MALFORMED),
        ("HTTP/2.0", b"GET /healthz HTTP/2.0", MALFORMED),
        ("HTTP/3.0", b"GET /healthz HTTP/3.0", MALFORMED),
        ("HTTP/9.9", b"GET /healthz HTTP/9.9", MALFORMED),
        ("HTTP/1", b"GET /healthz HTTP/1", MALFORMED),
        ("HTTP/1.10", b"GET /healthz HTTP/1.10", MALFORMED),
        ("HTTP/01.1", b"GET /healthz HTTP/01.1", MALFORMED),
        ("HTTP/ 1.1", b"GET /healthz HTTP/ 1.1", MALFORMED),
        ("HTTP/-1.1", b"GET /healthz HTTP/-1.1", MALFORMED),
        ("http/1.1", b"GET /healthz http/1.1", MALFORMED),
        ("HTTPS/1.1", b"GET /healthz HTTPS/1.1", MALFORMED),
        ("RTSP", b"DESCRIBE /healthz RTSP/1.0", (MALFORMED, UNKNOWN)),
        ("ICE", b"SOURCE /healthz ICE/1.0", (MALFORMED, UNKNOWN)),
        ("version twice", b"GET /healthz HTTP/1.1 HTTP/1.1", MALFORMED),
        ("lower case method", b"get /healthz HTTP/1.1", MALFORMED),
        ("unknown method", b"STEAL /healthz HTTP/1.1", MALFORMED),
        ("method with a bracket", b"GE(T /healthz HTTP/1.1", MALFORMED),
        ("method of 9,000 letters", b"G" * 9000 + b" /healthz HTTP/1.1", MALFORMED),
        ("method with a colon", b"GET: /healthz HTTP/1.1", MALFORMED),
        ("no method", b"/healthz HTTP/1.1", MALFORMED),
        ("no target", b"GET HTTP/1.1", MALFORMED),
        ("space before the method", b" GET /healthz HTTP/1.1", MALFORMED),
        ("tab for a space", b"GET\t/healthz\tHTTP/1.1", MALFORMED),
        ("space in the target", b"GET /healthz x HTTP/1.1", MALFORMED),
        ("NUL in the target", b"GET /healthz\0 HTTP/1.1", MALFORMED),
        ("CR in the target", b"GET /heal\rthz HTTP/1.1", MALFORMED),
        ("ESC in the target", b"GET /heal\x1b[31mthz HTTP/1.1", (MALFORMED, UNKNOWN)),
        ("DEL in the target", b"GET /healthz\x7f HTTP/1.1", (MALFORMED, UNKNOWN)),
        ("bytes over 127 in the target", b"GET /\xff\xfe HTTP/1.1", (MALFORMED, UNKNOWN)),
        ("target without slash", b"GET healthz HTTP/1.1", (MALFORMED, UNKNOWN)),
        ("TRACE", b"TRACE /healthz HTTP/1.1", (405, UNKNOWN)),
        ("TRACE of the page", b"TRACE / HTTP/1.1", (405, UNKNOWN)),
        ("OPTIONS *", b"OPTIONS * HTTP/1.1", (MALFORMED, UNKNOWN, 404, 405)),
        ("GET *", b"GET * HTTP/1.1", (MALFORMED, UNKNOWN, 404)),
        ("PROPFIND", b"PROPFIND / HTTP/1.1", UNKNOWN),
        ("M-SEARCH", b"M-SEARCH * HTTP/1.1", (MALFORMED, UNKNOWN)),
        ("CONNECT", b"CONNECT localhost:80 HTTP/1.1", (MALFORMED, UNKNOWN)),
        ("CONNECT to a path", b"CONNECT /healthz HTTP/1.1", (MALFORMED, UNKNOWN, 405)),
        ("PRI of HTTP/2", b"PRI * HTTP/2.0", MALFORMED),
    ):
        yield case(f"line: {name}", line + b"\r\n" + head, status)
    yield case("line: HEAD", b"HEAD /healthz HTTP/1.1\r\n" + head, 200, body=False)
    yield case("line: HEAD without credentials", b"HEAD /api/jobs HTTP/1.1\r\n" + head, UNKNOWN, body=False)
    yield case("line: CRLF first", b"\r\nGET /healthz HTTP/1.1\r\n" + head, 200)
    yield case("line: line feeds alone", b"GET /healthz HTTP/1.1\nHost: localhost\nConnection: close\n\n", MALFORMED)
    yield case("line: carriage returns alone", b"GET /healthz HTTP/1.1\rHost: localhost\r\r", MALFORMED)
    yield case("line: only CRLF", b"\r\n" * 20, 0, half_closed=True)
    yield case("line: nothing", b"", 0, half_closed=True)
    for name, hello in (
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2),
        ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n"),
        ("PROXY v1", b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\nGET /healthz HTTP/1.1\r\n" + head),
        ("PROXY v2", b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes(12)),
        ("PostgreSQL", b"\x00\x00\x00\x08\x04\xd2\x16\x2f"),
        ("Redis", b"*1\r\n$4\r\nPING\r\n"),
        ("SMTP", b"EHLO example.com\r\n"),
        ("SOCKS5", b"\x05\x01\x00\r\n"),
        ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
        ("0 bytes", bytes(2000)),
        ("FF bytes", b"\xff" * 2000),
    ):
        yield case(f"protocol: {name}", hello, (MALFORMED, 0))


def target_cases() -> Iterator[Case]:
    """Addresses that a wrong comparison of paths would let in without credentials."""
    for target in (
        "/api/session", "//api/session", "/./api/session", "/api/../api/session", "/healthz/../api/session",
        "/%2e%2e/api/session", "/healthz/..%2fapi/session", "/api%2fsession", "/API/SESSION", "/api/session/",
        "/api/session;x=/healthz", "/api/session%00/healthz", "/api/session?x=/healthz", "/api/session#/healthz",
        "/api/session%2f..%2fhealthz", "\\api\\session", "/\\api/session", "/healthz/", "/healthz;/api/session", "/healthz%20",
        "/HEALTHZ", "/%68ealthz/../api/session", "/assets/../api/session", "/assets/%2e%2e/api/session",
        "/%c0%ae%c0%ae/api/session", "/%", "/%zz", "/%u0061pi/session", "/?%", "/?x=%-1", "/??db=x", "/?" + "a" * 20_000,
        "/" + "a/" * 10_000, "/api/jobs/" + "9" * 5000, "http://localhost/api/session", "http://user:pw@localhost/api/session",
        "https://localhost/api/session", "http:/api/session", "ftp://localhost/api/session", "http://evil.example/api/session",
    ):  # fmt: skip
        sent = b"GET %s HTTP/1.1\r\n" % target.encode() + HOST + CLOSE + END
        yield case(f"target: {target[:40]}", sent, (UNKNOWN, MALFORMED, 404, 421))
    sent = b"GET http://localhost/healthz HTTP/1.1\r\n" + HOST + CLOSE + END
    yield case("target: absolute form of a probe", sent, (200, UNKNOWN, MALFORMED))


def host_cases() -> Iterator[Case]:
    """Host: exactly one, and one of ours."""
    for name, lines, status in (
        ("none", b"", 400),
        ("two", HOST * 2, 400),
        ("two, the second foreign", HOST + b"Host: evil.example\r\n", 400),
        ("two, the first foreign", b"Host: evil.example\r\n" + HOST, 400),
        ("another spelling", HOST + b"HOST: localhost\r\n", 400),
        ("space before the colon", b"Host : localhost\r\n", 400),
        ("folded", b"Host:\r\n localhost\r\n", 400),
        ("empty", b"Host:\r\n", (400, 421)),
        ("foreign", b"Host: evil.example\r\n", 421),
        ("list", b"Host: localhost, evil.example\r\n", (400, 421)),
        ("user", b"Host: localhost@evil.example\r\n", (400, 421)),
        ("path", b"Host: localhost/evil\r\n", (400, 421)),
        ("port of letters", b"Host: localhost:http\r\n", (400, 421)),
        ("port with a sign", b"Host: localhost:+80\r\n", (400, 421)),
        ("bytes over 127", b"Host: local\xffhost\r\n", (400, 421)),
        ("NUL", b"Host: localhost\0\r\n", 400),
        ("underscore twin", b"Host: evil.example\r\nX_Host: localhost\r\n", 421),
        ("forwarded", b"Host: evil.example\r\nX-Forwarded-Host: localhost\r\nForwarded: host=localhost\r\n", 421),
        ("IPv6 without its bracket", b"Host: [::1\r\n", (400, 421)),
        ("rebound name", b"Host: 127.0.0.1.evil.example\r\n", 421),
        ("very long", b"Host: " + b"a" * 10_000 + b"\r\n", (400, 421)),
        ("loopback", b"Host: 127.0.0.1:1\r\n", 200),
    ):
        yield case(f"host: {name}", b"GET /healthz HTTP/1.1\r\n" + lines + CLOSE + END, status)
    absolute = b"GET http://localhost/healthz HTTP/1.1\r\n"
    yield case("host: absolute target, no Host", absolute + CLOSE + END, 400)
    yield case("host: absolute target, foreign Host", absolute + b"Host: evil.example\r\n" + CLOSE + END, 421)


def header_cases() -> Iterator[Case]:
    """Names, values, number and size of headers."""
    for name, lines, status in (
        ("NUL in a value", b"X: a\0b\r\n", 400),
        ("NUL in a name", b"X\0: a\r\n", 400),
        ("CR in a value", b"X: a\rb\r\n", 400),
        ("LF in a value", b"X: a\nY: b\r\n", 400),
        ("folded", b"X: a\r\n b\r\n", 400),
        ("folded by a tab", b"X: a\r\n\tb\r\n", 400),
        ("first line folded", b" X: a\r\n", 400),
        ("empty name", b": a\r\n", 400),
        ("space in a name", b"X Y: a\r\n", 400),
        ("space before the colon", b"X : a\r\n", 400),
        ("bytes over 127 in a name", b"X\xff: a\r\n", 400),
        ("no colon", b"XY\r\n", 400),
        ("bracket in a name", b"X(): a\r\n", 400),
        ("ESC in a value", b"X: \x1b[31m\r\n", (200, 400)),
        ("bytes over 127 in a value", b"X: \xff\xfe\r\n", 200),
        ("no value", b"X:\r\n", 200),
        ("many spaces", b"X:" + b" " * 5000 + b"a\r\n", 200),
        ("a thousand", b"".join(b"x-%d: y\r\n" % n for n in range(1000)), 200),
        ("a thousand of one name", b"X: y\r\n" * 1000, 200),
        ("six thousand", b"X: y\r\n" * 6000, 431),
        ("a value of 33 KB", b"X: " + b"y" * 33_000 + b"\r\n", 431),
        ("a name of 33 KB", b"x" * 33_000 + b": y\r\n", 431),
        ("a value of 30 KB", b"X: " + b"y" * 30_000 + b"\r\n", 200),
        ("upgrade to h2c", b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n", 200),
        (
            "upgrade to a web socket",
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n",
            200,
        ),
        ("TE", b"TE: trailers, chunked;q=0.5\r\n", 200),
        ("Range", b"Range: bytes=0-" + b",0-" * 1000 + b"\r\n", 200),
        ("Accept-Encoding", b"Accept-Encoding: " + b"gzip;q=0.1," * 1000 + b"\r\n", 200),
        ("Expect of nonsense", b"Expect: the-unexpected\r\n", (200, 417)),
        ("Content-Length of a GET that is empty", b"Content-Length: 0\r\n", 200),
    ):
        yield case(f"header: {name}", b"GET /healthz HTTP/1.1\r\n" + HOST + CLOSE + lines + END, status)
    for name, lines in (
        ("two", b"Authorization: Basic YTpi\r\nAuthorization: Basic YTpi\r\n"),
        ("not base64", b"Authorization: Basic %%%%\r\n"),
        ("no colon inside", b"Authorization: Basic YWFh\r\n"),
        ("NUL inside", b"Authorization: Basic AAAA\r\n"),
        ("scheme alone", b"Authorization: Basic\r\n"),
        ("bearer", b"Authorization: Bearer x\r\n"),
        ("20 KB", b"Authorization: Basic " + b"QUFB" * 5000 + b"\r\n"),
        ("bytes over 127", b"Authorization: Basic \xff\xfe\r\n"),
        ("of a proxy", b"Proxy-Authorization: Basic YTpi\r\n"),
        ("underscore twin", b"X_Authorization: Basic YTpi\r\n"),
        ("address forged", b"X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\nX-Remote-User: admin\r\n"),
        ("path forged", b"X-Original-URL: /healthz\r\nX-Rewrite-URL: /healthz\r\n"),
        ("method forged", b"X-HTTP-Method-Override: GET\r\n"),
    ):
        sent = b"GET /api/session HTTP/1.1\r\n" + HOST + CLOSE + lines + END
        yield case(f"credentials: {name}", sent, (UNKNOWN, 429))
