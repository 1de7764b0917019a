"""The environment of an admin: its badge, its title, its favicon."""

from __future__ import annotations

from typing import Any

import click
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminServerConfig
from graphile_worker.admin.server.page import assets
from graphile_worker.admin.server.page.environment import COLORS, favicon
from graphile_worker.cli.commands.serving.admin import admin
from tests.server.conftest import Opener


async def test_a_page_without_environment_has_no_badge(open_door: Opener) -> None:
    door = open_door()
    page = (await door.get("/?state=failed&identifier=send_email")).text
    assert 'class="environment' not in page
    assert "<title>Failed jobs · send_email · " in page


async def test_the_badge_and_the_title_name_the_environment(open_door: Opener) -> None:
    door = open_door(environment="<prod>", environment_color="red")
    page = (await door.get("/?view=queues")).text
    assert '<b class="environment red" title="Environment">&lt;prod&gt;</b>' in page
    assert "<title>&lt;prod&gt; · Queues · " in page


@pytest.mark.parametrize("color", [*COLORS, None])
async def test_the_favicon_has_the_color_of_the_environment(open_door: Opener, color: str | None) -> None:
    door = open_door(environment="production", environment_color=color)
    reference = f"favicon.ico?v={assets.build()}&amp;environment={color or 'gray'}"
    assert f'href="{reference}"' in (await door.get("/")).text
    answer = await door.get("/" + reference.replace("&amp;", "&"))
    assert COLORS[color or "gray"] in answer.text and answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "public, max-age=3600" and answer.headers["etag"]


def test_the_badge_has_the_color_of_the_icon() -> None:
    style = (assets.load("admin.css").encodings["identity"]).decode()
    assert [name for name, value in COLORS.items() if value not in style] == []


def test_another_icon_is_no_favicon() -> None:
    with pytest.raises(ValueError, match="background"):
        favicon(b"<svg/>", "red")


def test_the_option_and_the_configuration_have_the_same_colors() -> None:
    [option] = [one for one in admin.params if one.name == "environment_color"]
    assert isinstance(option.type, click.Choice) and set(option.type.choices) == set(COLORS)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"environment": ""}, "environment must be 1 to 32 printable characters"),
        ({"environment": "x" * 33}, "environment must be 1 to 32 printable characters"),
        ({"environment": "a\nb"}, "environment must be 1 to 32 printable characters"),
        ({"environment": "a", "environment_color": "pink"}, "environment_color must be one of gray, red"),
        ({"environment_color": "red"}, "environment_color needs environment"),
    ],
)
def test_what_cannot_be_shown_is_refused(utils: WorkerUtils, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        AdminServerConfig(utils.database.pool, utils, **options)
