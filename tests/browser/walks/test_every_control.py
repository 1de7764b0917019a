"""Every control on every screen, menu and dialog has a name, is listed in `places.py`, and does what it is listed for."""

from __future__ import annotations

from graphile_worker import WorkerUtils
from graphile_worker.admin.client.handlers import (
    dispatch,
    export,
    filtering,
    palette,
    saved_views,
    selection,
    settings,
)
from graphile_worker.admin.client.handlers.writes import actions, bulk, commands, maintenance, undo, watching
from tests.browser.controls import Hand, Writes
from tests.browser.places import ELSEWHERE, PLACES
from tests.browser.screen import Screen
from tests.browser.test_controls import jobs

__all__ = ["jobs"]

TABLES = (
    dispatch, bulk, commands, filtering, maintenance, palette, saved_views, selection, settings, export, undo, actions, watching,
)  # fmt: skip


async def test_every_control_has_a_name_and_does_something(jobs: WorkerUtils, screen: Screen) -> None:
    await screen.page.add_init_script("localStorage.setItem('gw-auto', '0')")
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    hand = Hand(screen)
    for place in PLACES:
        await hand.reach(place)
        found = await hand.listed(place)
        assert set(found) == set(place.controls), place.name
        assert [call for call, one in found.items() if not one["name"] or one["off"]] == [], place.name
        for call, effect in place.controls.items():
            if not isinstance(effect, Writes):
                await hand.back(place)
                await hand.use(place, call)
                await hand.changes(effect, f"{place.name}: {call}")
    known = {action for module in TABLES for action in module.TABLE}
    assert known - hand.actions - set(ELSEWHERE) == set()  # no action of the page is out of reach
