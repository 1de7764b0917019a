"""Latencies, throughput and wire bytes over HTTP."""

from __future__ import annotations

import asyncio
import re
import statistics
import time

import httpx

CONNECTIONS = 16
ASSETS = ("/assets/admin.css", "/assets/admin.js", "/assets/admin_ui.js", "/assets/admin_ui_bg.wasm", "/favicon.ico")
CHROMIUM = {"accept-encoding": "gzip, deflate, br, zstd"}


def latencies(url: str, path: str, count: int) -> list[float]:
    """Milliseconds of `count` sequential requests on one connection, after two warm-up requests."""
    times = []
    with httpx.Client(base_url=url, timeout=60, headers=CHROMIUM) as client:
        for turn in range(count + 2):
            started = time.perf_counter()
            response = client.get(path)
            spent = (time.perf_counter() - started) * 1000
            response.raise_for_status()
            if turn >= 2:
                times.append(spent)
    return times


def percentile(times: list[float], share: int) -> float:
    """The percentile `share` of the times."""
    return statistics.quantiles(times, n=100, method="inclusive")[share - 1] if len(times) > 1 else times[0]


def requests_per_second(url: str, path: str, seconds: float) -> float:
    """Answers per second at 16 connections, each with the next request after the answer (raw sockets, without client
    overhead)."""
    return asyncio.run(_throughput(url, path, seconds))


async def _throughput(url: str, path: str, seconds: float) -> float:
    host, _, port = url.removeprefix("http://").partition(":")
    request = f"GET {path} HTTP/1.1\r\nhost: {host}:{port}\r\naccept: application/json\r\n\r\n".encode()
    deadline = time.monotonic() + seconds
    counts = await asyncio.gather(*(_ask_until(host, int(port), request, deadline) for _ in range(CONNECTIONS)))
    return sum(counts) / seconds


async def _ask_until(host: str, port: int, request: bytes, deadline: float) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    done = 0
    while time.monotonic() < deadline:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(head.split(b"\r\n", 1)[0].decode("latin-1"))
        await _skip_body(reader, head)
        done += 1
    writer.close()
    return done


async def _skip_body(reader: asyncio.StreamReader, head: bytes) -> None:
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    if length:
        await reader.readexactly(int(length[1]))
        return
    while size := int((await reader.readline()).strip() or b"0", 16):  # chunked
        await reader.readexactly(size + 2)
    await reader.readline()


def first_visit_bytes(url: str) -> int:
    """Bytes of the compressed bodies of the page and of everything that it loads before the first data."""
    total = 0
    with httpx.Client(base_url=url, headers=CHROMIUM) as client:
        for path in ("/", *ASSETS):
            with client.stream("GET", path) as response:
                response.raise_for_status()
                total += sum(len(chunk) for chunk in response.iter_raw())
    return total
