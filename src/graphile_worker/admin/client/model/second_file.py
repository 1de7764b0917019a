"""The errors of the second file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Error

SECOND_FILE = "second_file"  # not loaded: another try may help
OTHER_BUILD = "other_build"  # the server has another version now


def error(status: int, build: str, page_build: str) -> Error:
    """The error of a response without the file; status 0 means that none came, or not all of it."""
    if build and build != page_build:
        text = "The admin has been updated since this page was loaded."
        return {"code": OTHER_BUILD, "error": text}
    if not status:
        text = "The admin server does not answer."
    elif not build:
        text = "Something other than the admin answered (a login page?)."
    else:
        text = "The server answered %d without the file." % status
    return {"code": SECOND_FILE, "error": text}
