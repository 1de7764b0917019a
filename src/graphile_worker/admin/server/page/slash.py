"""The script that adds the last slash to the page's address, where a proxy that strips a prefix left it out.

At `https://host/queue` the references of the page lead to `https://host/assets/…`, past the proxy's prefix, and the server
cannot know: it is asked for `/` as at `https://host/queue/`. A reference that is only a query keeps the path, so this
script is found at both.
"""

from __future__ import annotations

from starlette.responses import Response

QUERY = "slash.js"
TAG = f'<script async src="?{QUERY}"></script>'
# the setter, not a text: a path that begins with two slashes must not become another host
_SCRIPT = """if (!location.pathname.endsWith("/")) {
  const to = new URL(location.href);
  to.pathname += "/";
  location.replace(to);
}
"""


def script() -> Response:
    """The script."""
    return Response(_SCRIPT, media_type="text/javascript")
