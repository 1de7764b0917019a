"""The origin of a browser's request, by Sec-Fetch-Site, or by Origin where a browser does not send that header."""

from __future__ import annotations

from starlette.datastructures import Headers

from graphile_worker.admin.api.json_codec import shown

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def same_origin(headers: Headers, scheme: str = "http") -> bool:
    """Whether a write was sent by the admin's page, or by a program that is no browser.

    Browsers send Sec-Fetch-Site; on plain HTTP they send only Origin. The scheme is compared only where this server
    terminates TLS itself, because the scheme at a proxy is not known.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    if origin is None:
        return True
    of_origin, _, authority = origin.partition("://")
    host = headers.get("host", "").lower().removesuffix(_DEFAULT_PORTS.get(of_origin, ":"))
    return authority == host and (scheme != "https" or of_origin == "https")


def difference(headers: Headers, scheme: str = "http") -> str:
    """Why a write is cross-site, and the remedy where a proxy is the reason."""
    site, origin, host = (headers.get(name, "") for name in ("sec-fetch-site", "origin", "host"))
    if site:
        return f"The browser says that the page of {shown(origin) or 'another site'} sent it (Sec-Fetch-Site: {shown(site)})."
    both = f"The page is of {shown(origin)} (Origin), the request is for {shown(host)} (Host)."
    if scheme == "https" and origin == f"http://{host}":
        return f"{both} Open the page with https."
    return f"{both} A proxy in front must pass on the Host as it came; in nginx: proxy_set_header Host $http_host;"


def cross_site(headers: Headers) -> bool:
    """Whether another site caused this request. A typed address is not cross-site.

    A navigation on plain HTTP to a name other than loopback has neither header and counts as same-origin.
    """
    site = headers.get("sec-fetch-site")
    return site not in ("same-origin", "none") if site is not None else not same_origin(headers)
