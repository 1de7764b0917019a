"""Every screen at every width in steps of 40 px, and at every zoom of a laptop."""

from __future__ import annotations

import pytest

from graphile_worker import WorkerUtils
from tests.browser.conftest import Opener
from tests.browser.widths import ENVIRONMENT, EVERY, LAYOUTS, ZOOMS, Layout, faults, fill, large, reach


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
async def test_no_width_and_no_zoom_breaks_it(utils: WorkerUtils, open_admin: Opener, layout: Layout) -> None:
    facts = await fill(utils)
    screen = await open_admin(**ENVIRONMENT)
    await screen.page.add_init_script("localStorage.setItem('gw-auto', '0')")
    await large(screen)
    await reach(screen, layout, facts)
    found = await faults(screen, layout, [*((width, 900) for width in EVERY), *ZOOMS])
    assert not found, "\n".join(found)
