"""Case 28, and its kind: shortcuts by the letter where it is Latin, else by the place of the key; Caps Lock changes nothing."""

# ruff: noqa: F811
from __future__ import annotations

import pytest
from playwright.async_api import expect

from graphile_worker import WorkerUtils
from tests.browser.conftest import browser, open_admin, pool, screen  # noqa: F401
from tests.browser.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")
J, K, X, G, R, Q, T, E, W, M = (f"Key{letter}" for letter in "JKXGRQTEWM")
LAYOUTS = {  # what each key writes
    "Russian": {J: "о", K: "л", X: "ч", G: "п", Q: "й", T: "е", E: "у", W: "ц", M: "ь"},
    "Greek": {J: "ξ", K: "κ", X: "χ", G: "γ", Q: ";", T: "τ", E: "ε", W: "ς", M: "μ"},
    "Hebrew": {J: "ח", K: "ל", X: "ס", G: "ע", Q: "/", T: "א", E: "ק", W: "'", M: "צ"},
    "Arabic": {J: "ت", K: "ن", X: "ء", G: "ل", Q: "ض", T: "ف", E: "ث", W: "ص", M: "ة"},
    "Arabic, ligature": {J: "ت", K: "ن", X: "ء", G: "لا", Q: "ض", T: "ف", E: "ث", W: "ص", M: "ة"},
    "Georgian": {J: "ჯ", K: "კ", X: "ხ", G: "გ", Q: "ქ", T: "ტ", E: "ე", W: "წ", M: "მ"},
    "Thai": {J: "่", K: "า", X: "ป", G: "เ", Q: "ๆ", T: "ะ", E: "ำ", W: "ไ", M: "ท"},
    "US, Caps Lock": {code: code[3] for code in (J, K, X, G, Q, T, E, W, M)},
    "Russian, Caps Lock": {J: "О", K: "Л", X: "Ч", G: "П", Q: "Й", T: "Е", E: "У", W: "Ц", M: "Ь"},
    "US": {code: code[3].lower() for code in (J, K, X, G, Q, T, E, W, M)},
}
LATIN = {  # letter to the key that writes it: the letter counts, not the place
    "Dvorak": {"j": "KeyC", "k": "KeyV", "x": "KeyB", "g": "KeyU", "q": "KeyX", "t": "KeyK", "e": "KeyD", "w": "Comma", "m": M},
    "AZERTY": {"j": J, "k": K, "x": X, "g": G, "q": "KeyA", "t": T, "e": E, "w": "KeyZ", "m": "Semicolon"},
}  # fmt: skip
PRESS = """([key, code, more]) => (document.activeElement ?? document.body).dispatchEvent(
  new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true, ...more }))"""
SCREENS = {Q: "queues", T: "tasks", E: "errors", W: "workers", M: "maintenance", J: None}


async def press(screen: Screen, key: str, code: str, **more: bool) -> bool:
    """A key as a layout has it; whether the browser may do what it would."""
    return bool(await screen.page.evaluate(PRESS, [key, code, more]))


async def walk(screen: Screen, keys: dict[str, tuple[str, str]]) -> None:
    """Every shortcut of letters; `keys` is (key, code) by the letter that is meant."""
    await screen.open()
    await screen.shows("2", "1")
    await press(screen, *keys["j"])
    await expect(screen.page.locator("#row-2 .c-task a")).to_be_focused()
    await press(screen, *keys["j"])
    await press(screen, *keys["k"])
    await press(screen, *keys["x"])
    await expect(screen.page.get_by_label("Select job 2", exact=True)).to_be_checked()
    await press(screen, "Escape", "Escape")
    for code, view in SCREENS.items():
        await press(screen, *keys["g"])
        await press(screen, *keys[code[3].lower()])
        await screen.address(**({"view": view} if view else {}))
    await press(screen, *keys["k"], ctrlKey=True)
    await expect(screen.page.locator("#gw-palette")).to_be_visible()
    await screen.page.keyboard.press("Escape")


@pytest.mark.parametrize("layout", list(LAYOUTS))
async def test_layouts_without_latin_letters(utils: WorkerUtils, screen: Screen, layout: str) -> None:
    for _ in range(2):
        await utils.add_job("step")
    await walk(screen, {code[3].lower(): (key, code) for code, key in LAYOUTS[layout].items()})


@pytest.mark.parametrize("layout", list(LATIN))
async def test_latin_layouts_keep_their_letters(utils: WorkerUtils, screen: Screen, layout: str) -> None:
    for _ in range(2):
        await utils.add_job("step")
    await walk(screen, {letter: (letter, code) for letter, code in LATIN[layout].items()})


@pytest.mark.parametrize(
    ("g", "key", "code"),
    [
        pytest.param(G, "a", Q, id="AZERTY a at q"),
        pytest.param(G, "z", W, id="AZERTY z at w"),
        pytest.param(G, ",", M, id="AZERTY comma at m"),
        pytest.param("KeyU", "y", T, id="Dvorak y at t"),
        pytest.param("KeyU", "'", Q, id="Dvorak apostrophe at q"),
        pytest.param("KeyU", ".", E, id="Dvorak full stop at e"),
        pytest.param("KeyY", "ğ", E, id="Turkish F, a Latin letter outside of ASCII"),
        pytest.param(G, "Dead", E, id="a dead key"),
    ],
)
async def test_a_latin_layout_has_no_places(utils: WorkerUtils, screen: Screen, g: str, key: str, code: str) -> None:
    await utils.add_job("step")
    await screen.open()
    await screen.shows("1")
    await press(screen, "g", g)
    await press(screen, key, code)
    await press(screen, "j", J)  # handled after it
    await expect(screen.page.locator("#row-1 .c-task a")).to_be_focused()
    await screen.address()


async def test_what_is_no_shortcut_stays_none(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("step")
    await screen.open()
    await screen.shows("1")
    for key, code, more in (
        ("J", J, {"shiftKey": True}), ("О", J, {"shiftKey": True}), ("о", J, {"ctrlKey": True}), ("о", J, {"altKey": True}),
        ("h", J, {}),  # Dvorak
        ("Dead", J, {}), ("Process", J, {}), ("Unidentified", "", {}),
    ):  # fmt: skip
        await press(screen, key, code, **more)
    assert await screen.page.evaluate("document.activeElement === document.body")
    await screen.page.locator(".gw-search").focus()
    assert await press(screen, "о", J)
    await expect(screen.page.locator(".gw-search")).to_be_focused()


@pytest.mark.parametrize(("key", "more"), [("؟", {"shiftKey": True}), ("?", {"shiftKey": True})])
async def test_the_sign_for_help(screen: Screen, key: str, more: dict[str, bool]) -> None:
    await screen.open()
    await press(screen, key, "Slash", **more)
    await expect(screen.dialog).to_contain_text("Keyboard")
