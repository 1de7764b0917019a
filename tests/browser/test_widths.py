"""Every screen at every width: nothing cut, nothing over something else, no column under its minimum."""

from __future__ import annotations

import pytest

from graphile_worker import WorkerUtils
from tests.browser.conftest import Opener
from tests.browser.widths import ENVIRONMENT, LAYOUTS, faults, fill, large, reach


@pytest.mark.long
async def test_no_width_breaks_a_screen(utils: WorkerUtils, open_admin: Opener) -> None:
    facts = await fill(utils)
    screen = await open_admin(**ENVIRONMENT)
    await screen.page.add_init_script("localStorage.setItem('gw-auto', '0')")
    await large(screen)
    found = []
    for layout in LAYOUTS:
        await reach(screen, layout, facts)
        found += await faults(screen, layout, [(width, 900) for width in layout.widths])
    assert not found, "\n".join(found)


async def test_a_held_queue_with_many_jobs_leaves_room_for_its_name(utils: WorkerUtils, open_admin: Opener) -> None:
    facts = await fill(utils)
    screen = await open_admin()
    await screen.page.add_init_script("localStorage.setItem('gw-auto', '0')")
    await large(screen)
    layout = next(one for one in LAYOUTS if one.name == "queues")
    await reach(screen, layout, facts)
    found = await faults(screen, layout, [(width, 900) for width in (1240, 1280, 1440, 1560, 1920)])
    assert not found, "\n".join(found)
