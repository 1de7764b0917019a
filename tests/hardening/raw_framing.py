"""Requests whose end two parsers may see at different places, and what may hide behind it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hardening.raw import Case
from tests.hardening.raw_cases import CLOSE, END, HOST, MALFORMED, PLACEHOLDER, UNKNOWN, case

POST = b"POST /api/jobs/action HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
GET = b"GET /healthz HTTP/1.1\r\n" + HOST
LAST = GET + CLOSE + END
CHUNKED = b"Transfer-Encoding: chunked\r\n"
NOTHING = b"0\r\n\r\n"  # the end of a body in chunks


def length_cases() -> Iterator[Case]:
    """Content-Length, and both ways of framing together. The body of the first request is `{}`."""
    for name, value in (
        ("with a plus", b"+2"), ("negative", b"-2"), ("hexadecimal", b"0x2"), ("list of two", b"2, 2"), ("two words", b"2 2"),
        ("fraction", b"2.0"), ("exponent", b"2e0"), ("empty", b""), ("letters", b"two"), ("underscore", b"1_0"),
        ("2^64", b"18446744073709551616"), ("2^64 + 2", b"18446744073709551618"), ("quoted", b'"2"'), ("semicolon", b"2;"),
        ("NUL", b"2\0"), ("Arabic digit", "\u0662".encode()), ("vertical tab", b"\x0b2"), ("300 digits", b"9" * 300),
    ):  # fmt: skip
        yield case(f"length: {name}", POST + b"Content-Length: %s\r\n\r\n{}" % value + PLACEHOLDER, MALFORMED)
    for name, lines in (
        ("twice, different", b"Content-Length: 2\r\nContent-Length: 0\r\n"),
        ("twice, the same", b"Content-Length: 2\r\nContent-Length: 2\r\n"),
        ("space before the colon", b"Content-Length : 2\r\n"),
        ("folded", b"Content-Length:\r\n 2\r\n"),
        ("behind a bare line feed", b"X: y\nContent-Length: 2\r\n"),
        ("behind a bare carriage return", b"X: y\rContent-Length: 2\r\n"),
    ):
        yield case(f"length: {name}", POST + lines + END + b"{}" + PLACEHOLDER, MALFORMED)
    for name, lines in (
        ("length, then chunks", b"Content-Length: 5\r\n" + CHUNKED),
        ("chunks, then length", CHUNKED + b"Content-Length: 5\r\n"),
        ("length 0 and chunks", b"Content-Length: 0\r\n" + CHUNKED),
        ("length and unknown coding", b"Content-Length: 5\r\nTransfer-Encoding: x\r\n"),
    ):
        yield case(f"both: {name}", POST + lines + END + NOTHING + PLACEHOLDER, MALFORMED)
    yield case("length: leading zeros", POST + CLOSE + b"Content-Length: 0002\r\n\r\n{}", (UNKNOWN, MALFORMED))
    yield case("length: spaces around", POST + CLOSE + b"Content-Length:   2  \r\n\r\n{}", (UNKNOWN, MALFORMED))
    yield case("length: underscore twin", POST + CLOSE + b"Content_Length: 50\r\nContent-Length: 2\r\n\r\n{}", UNKNOWN)
    yield case("length: nothing said", POST + CLOSE + b"\r\n", UNKNOWN)


def coding_cases() -> Iterator[Case]:
    """Transfer-Encoding: only `chunked`, once, and last."""
    for name, lines in (
        ("unknown", b"Transfer-Encoding: xchunked\r\n"),
        ("chunked first", b"Transfer-Encoding: chunked, identity\r\n"),
        ("chunked first, on two lines", CHUNKED + b"Transfer-Encoding: identity\r\n"),
        ("identity", b"Transfer-Encoding: identity\r\n"),
        ("gzip", b"Transfer-Encoding: gzip\r\n"),
        ("quoted", b'Transfer-Encoding: "chunked"\r\n'),
        ("vertical tab", b"Transfer-Encoding: \x0bchunked\r\n"),
        ("bytes over 127", b"Transfer-Encoding: chunked\xff\r\n"),
        ("NUL", b"Transfer-Encoding: chunked\0\r\n"),
        ("parameter", b"Transfer-Encoding: chunked;q=1\r\n"),
        ("space before the colon", b"Transfer-Encoding : chunked\r\n"),
        ("tab before the colon", b"Transfer-Encoding\t: chunked\r\n"),
        ("behind a bare line feed", b"X: y\nTransfer-Encoding: chunked\r\n"),
        ("behind a bare carriage return", b"X: y\rTransfer-Encoding: chunked\r\n"),
        ("folded", b"Transfer-Encoding:\r\n chunked\r\n"),
        ("empty", b"Transfer-Encoding:\r\n"),
        ("comma", b"Transfer-Encoding: ,\r\n"),
        ("two words", b"Transfer-Encoding: chunked x\r\n"),
    ):
        yield case(f"coding: {name}", POST + lines + END + NOTHING + PLACEHOLDER, MALFORMED)
    for name, lines in (
        ("capitals", b"Transfer-Encoding: CHUNKED\r\n"),
        ("trailing space", b"Transfer-Encoding: chunked \r\n"),
        ("twice", CHUNKED * 2),
        ("in a list", b"Transfer-Encoding: identity, chunked\r\n"),
    ):
        yield case(f"coding: {name}", POST + CLOSE + lines + END + NOTHING, (UNKNOWN, MALFORMED))
    old = POST.replace(b"HTTP/1.1", b"HTTP/1.0") + CLOSE + CHUNKED + END + NOTHING
    yield case("coding: in HTTP/1.0", old, (UNKNOWN, MALFORMED))


def chunk_cases() -> Iterator[Case]:
    """Sizes, extensions and ends of chunks."""
    for name, chunks in (
        ("size of letters", b"zz\r\n{}\r\n0\r\n\r\n"),
        ("size with 0x", b"0x2\r\n{}\r\n0\r\n\r\n"),
        ("size with a plus", b"+2\r\n{}\r\n0\r\n\r\n"),
        ("negative size", b"-2\r\n{}\r\n0\r\n\r\n"),
        ("empty size", b"\r\n{}\r\n0\r\n\r\n"),
        ("space before the size", b" 2\r\n{}\r\n0\r\n\r\n"),
        ("size of 2^64", b"10000000000000000\r\n{}\r\n0\r\n\r\n"),
        ("size of 2^64 + 2", b"10000000000000002\r\n{}\r\n0\r\n\r\n"),
        ("line feeds", b"2\n{}\n0\n\n"),
        ("carriage returns", b"2\r{}\r0\r\r"),
        ("carriage return in the line", b"2\rx\n{}\r\n0\r\n\r\n"),
        ("no end after the data", b"2\r\n{}0\r\n\r\n"),
        ("more data than its size", b"2\r\n{}{}\r\n0\r\n\r\n"),
        ("line feed after the data", b"2\r\n{}\n0\r\n\r\n"),
        ("NUL in the size", b"2\0\r\n{}\r\n0\r\n\r\n"),
        ("line feed in an extension", b"2;a=b\nc\r\n{}\r\n0\r\n\r\n"),
        ("line feed in a quoted extension", b'2;a="b\nc"\r\n{}\r\n0\r\n\r\n'),
        ("last chunk by a line feed", b"2\r\n{}\r\n0\n\r\n"),
        ("size with an underscore", b"0_2\r\n{}\r\n0\r\n\r\n"),
        ("trailer without a colon", b"0\r\nx\r\n\r\n"),
        ("trailer with NUL", b"0\r\nx: \0\r\n\r\n"),
        ("trailer that is folded", b"0\r\nx: y\r\n z\r\n\r\n"),
    ):
        yield case(f"chunk: {name}", POST + CHUNKED + END + chunks + PLACEHOLDER, (MALFORMED, UNKNOWN))
    for name, chunks in (
        ("one", b"2\r\n{}\r\n0\r\n\r\n"),
        ("leading zeros", b"0000000002\r\n{}\r\n0\r\n\r\n"),
        ("extension", b'2;a=b;c="d"\r\n{}\r\n0\r\n\r\n'),
        ("extension without a name", b"2;\r\n{}\r\n0\r\n\r\n"),
        ("space after the size", b"2 \r\n{}\r\n0\r\n\r\n"),
        ("a byte each", b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"),
        ("trailers that frame", b"0\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("trailers of Host", b"0\r\nHost: evil.example\r\n\r\n"),
        ("many last zeros", b"00000000\r\n\r\n"),
    ):
        yield case(f"chunk: {name}", POST + CLOSE + CHUNKED + END + chunks, (UNKNOWN, MALFORMED))


def body_cases() -> Iterator[Case]:
    """Bodies where there should be none, that break off, or that look like requests."""
    with_body = b"Content-Length: %d\r\n\r\n%s"
    inside = b"GET /api/session HTTP/1.1\r\nHost: localhost\r\n\r\n"
    yield case("body: a request inside", POST + CLOSE + with_body % (len(inside), inside), UNKNOWN)
    yield case("body: of a GET", GET + CLOSE + with_body % (len(inside), inside), 200)
    yield case("body: of a GET in chunks", GET + CLOSE + CHUNKED + END + b"2\r\n{}\r\n0\r\n\r\n", 200)
    yield case("body: of a GET, then a request", GET + with_body % (len(inside), inside) + LAST, 200, 200)
    yield case("body: breaks off", POST + b"Content-Length: 100\r\n\r\n{", (0, UNKNOWN), half_closed=True)
    yield case("body: breaks off in a chunk", POST + CHUNKED + b"\r\n64\r\n{", (0, UNKNOWN), half_closed=True)
    yield case("body: headers break off", POST[:-20], (0, MALFORMED), half_closed=True)
    yield case("body: expected, and sent", POST + CLOSE + b"Expect: 100-continue\r\n" + with_body % (2, b"{}"), UNKNOWN)
    yield case("body: expected, and not sent", POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", UNKNOWN)
    yield case(
        "body: expected in HTTP/1.0",
        POST.replace(b"1.1", b"1.0") + b"Expect: 100-continue\r\n" + with_body % (2, b"{}"),
        UNKNOWN,
    )
    huge = POST + CLOSE + b"Content-Length: 99999999999\r\n\r\n" + b" " * 100_000
    yield case("body: 100 GB announced", huge, (UNKNOWN, 413))
    yield case("body: of a type unknown", (POST + CLOSE).replace(b"json", b"x") + with_body % (2, b"{}"), UNKNOWN)
    yield case(
        "body: compressed", POST + CLOSE + b"Content-Encoding: gzip\r\n" + with_body % (4, b"\x1f\x8b\x08\0"), UNKNOWN
    )


def pipeline_cases() -> Iterator[Case]:
    """Several requests on one connection."""
    more = GET + END
    yield case("pipeline: three", more * 2 + LAST, 200, 200, 200)
    yield case("pipeline: the second is nonsense", more + b"NONSENSE\r\n\r\n" + PLACEHOLDER, 200, (MALFORMED, 0))
    yield case("pipeline: after close", LAST + PLACEHOLDER, 200)
    yield case("pipeline: CRLF between", more + b"\r\n" + LAST, 200, 200)
    yield case("pipeline: half closed", more, (0, 200), half_closed=True)
    yield case("pipeline: HTTP/1.0 closes", more.replace(b"1.1", b"1.0") + PLACEHOLDER, 200)
    yield case(
        "pipeline: HTTP/1.0 kept alive",
        b"GET /healthz HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n" + LAST,
        200,
        (0, 200),
    )
    upgrade = GET + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n"
    yield case("pipeline: behind an upgrade", upgrade + PLACEHOLDER, 200)
    yield case(
        "pipeline: behind an upgrade with a body", upgrade[:-2] + b"Content-Length: 2\r\n\r\n{}" + PLACEHOLDER, 200
    )
    yield case(
        "pipeline: behind CONNECT",
        b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST + END + PLACEHOLDER,
        (MALFORMED, UNKNOWN),
    )


def framing_cases() -> Iterator[Case]:
    """All of this module."""
    yield from length_cases()
    yield from coding_cases()
    yield from chunk_cases()
    yield from body_cases()
    yield from pipeline_cases()
