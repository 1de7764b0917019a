"""The position in a JSON error counts from the member that has the error."""

from __future__ import annotations

import pytest

from graphile_worker.admin.api.json_codec import decode
from graphile_worker.admin.api.requests import AddJobRequest
from graphile_worker.core.exceptions import InvalidInput


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"identifier": "x", "payload": {"a": 1,\n "b": }}', "payload must be JSON (Expecting value: line 2 column 7"),
        ('{"identifier":"x","payload":{"a" 1},"queue":"q"}', "payload must be JSON (Expecting ':' delimiter: line 1 column 6"),
        ('{"identifier":"x","payload":[1,\n2\n}', "payload must be JSON (Expecting ',' delimiter: line 3 column 1"),
        ('{"identifier":"x","payload":{"a":1} x}', "payload must be JSON (Expecting ',' delimiter: line 1 column 9"),
        ('{"identifier":"x","payload":{"a": "\n"}}', "payload must be JSON (Invalid control character at: line 1 column 8"),
        ('{"priority": 01}', "priority must be JSON (Expecting ',' delimiter: line 1 column 2"),
        ('{"identifier" "x"}', "body must be JSON (Expecting ':' delimiter: line 1 column 15"),
        ('{"identifier":"x","queue" 1}', "body must be JSON (Expecting ':' delimiter: line 1 column 27"),
        ("[1", "body must be JSON (Expecting ',' delimiter: line 1 column 3"),
        ("", "body must be JSON (Expecting value: line 1 column 1"),
    ],
)  # fmt: skip
def test_the_position_counts_from_the_member(body: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        decode(body.encode(), AddJobRequest)
    assert str(caught.value).startswith(message)
