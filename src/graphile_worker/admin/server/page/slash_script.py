"""The script that adds the last slash to the page's address, where a proxy that strips a prefix left it out.

At `https://host/queue` the relative references of the page resolve to `https://host/assets/…`, outside the prefix. The
server cannot detect it, because it gets a request for `/` as at `https://host/queue/`. A reference that is only a query
keeps the path, so that this script is found at both addresses.
"""

from __future__ import annotations

from starlette.responses import Response

QUERY = "slash.js"
TAG = f'<script async src="?{QUERY}"></script>'
# assigns `pathname`, because a text that begins with two slashes would be another host
_SCRIPT = """if (!location.pathname.endsWith("/")) {
  const to = new URL(location.href);
  to.pathname += "/";
  location.replace(to);
}
"""


def script() -> Response:
    """The response with the script."""
    return Response(_SCRIPT, media_type="text/javascript")
