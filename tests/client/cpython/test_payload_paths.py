"""A path of a payload is valid in the browser where it is valid on the server."""

from __future__ import annotations

from random import Random

from graphile_worker.admin.api.jobs.payload_paths import parse_paths
from graphile_worker.admin.client.model import url_state
from graphile_worker.core.exceptions import InvalidInput


def test_the_rule_of_the_server() -> None:
    random = Random(5)
    signs = 'ab0.. ":\\\t\n\x0b\x1c\x85\xa0\u1680\u2003\u2028\u3000\u200bü😀\0'
    texts = ["payload.", "payload.a", "payload", "a" * 200, "a" * 201]
    texts += ["".join(random.choice(signs) for _ in range(random.randrange(9))) for _ in range(20_000)]
    for text in texts:
        try:
            valid = bool(parse_paths([text]))
        except InvalidInput:
            valid = False
        assert url_state.is_path(text) == valid, repr(text)
