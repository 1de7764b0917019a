"""The admin over HTTP beside the command line, on the same database."""

from tests.server.conftest import door, open_door

__all__ = ["door", "open_door"]
