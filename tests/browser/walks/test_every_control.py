"""Every control on every screen, menu and dialog has a name, is listed in `places.py`, and does what it is listed for."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest
import pytest_asyncio

from graphile_worker import WorkerUtils
from graphile_worker.admin.client import handlers
from tests.browser.controls import OFF, Hand, Place, Writes
from tests.browser.places import ELSEWHERE, PLACES
from tests.browser.screen import Screen
from tests.browser.test_controls import jobs

__all__ = ["jobs"]


def handled() -> set[str]:
    """Every action of the page: the tables of all modules of handlers."""
    names = [module.name for module in pkgutil.walk_packages(handlers.__path__, f"{handlers.__name__}.")]
    return {action for name in names for action in getattr(import_module(name), "TABLE", ())}


@pytest_asyncio.fixture(loop_scope="session")
async def hand(jobs: WorkerUtils, screen: Screen) -> Hand:
    """On a page that does not refresh by itself and may use the clipboard."""
    await screen.page.add_init_script("localStorage.setItem('gw-auto', '0')")
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return Hand(screen)


async def test_every_control_has_a_name_and_is_listed(hand: Hand) -> None:
    faults = []
    for place in PLACES:
        await hand.reach(place)
        found = await hand.listed(place)
        faults += [f"{place.name}: {call} is not listed" for call in sorted(found.keys() - place.controls.keys())]
        faults += [f"{place.name}: {call} is not there" for call in sorted(place.controls.keys() - found.keys())]
        faults += [f"{place.name}: no place lists {call}" for call in sorted(await hand.unlisted(PLACES))]
        for call, one in found.items():
            if not one["name"] or (one["off"] and not one["reason"]):
                faults.append(f"{place.name}: {call} has no name, or no reason why it is disabled")
            if one["off"] != (place.controls.get(call) == OFF):
                faults.append(f"{place.name}: {call} is {'disabled: ' + one['reason'] if one['off'] else 'enabled'}")
    faults += [f"no place has the action {action}" for action in sorted(handled() - hand.actions - set(ELSEWHERE))]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_every_control_does_something(hand: Hand, place: Place) -> None:
    await hand.reach(place)
    for call, effect in place.controls.items():
        if effect != OFF and not isinstance(effect, Writes):
            await hand.back(place)
            await hand.use(place, call)
            await hand.changes(effect, f"{place.name}: {call}")
