"""Values of the wrong kind are named, whichever door they come through."""

from __future__ import annotations

from typing import Any

import pytest

from graphile_worker import InvalidInput, WorkerUtils


@pytest.mark.parametrize("flags", [7, "one", b"one", [1], [""], ["a\0"], {"a": 1}])
async def test_flags_that_are_no_list_of_names(utils: WorkerUtils, flags: Any) -> None:
    with pytest.raises(InvalidInput, match="^flags "):
        await utils.add_job("x", flags=flags)


@pytest.mark.parametrize("ids", [None, 7, "7", b"7", [], ["7"], [True], [0], [-1], [2**63], [1.0]])
async def test_ids_that_are_no_list_of_ids(utils: WorkerUtils, ids: Any) -> None:
    with pytest.raises(InvalidInput, match="^ids "):
        await utils.complete_jobs(ids)


@pytest.mark.parametrize(
    "run_at", ["tomorrow", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "infinity", 5]
)
async def test_moments_that_are_none(utils: WorkerUtils, run_at: Any) -> None:
    with pytest.raises(InvalidInput, match="^run_at "):
        await utils.add_job("x", run_at=run_at)


async def test_no_jobs_to_add_is_nothing_done(utils: WorkerUtils) -> None:
    assert await utils.add_jobs([]) == []
