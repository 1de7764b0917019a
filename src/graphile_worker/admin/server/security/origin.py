"""Where a request of a browser comes from: Sec-Fetch-Site says it, on plain HTTP to other names only Origin."""

from __future__ import annotations

from starlette.datastructures import Headers

from graphile_worker.admin.api.json_codec import shown

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def same_origin(headers: Headers, scheme: str = "http") -> bool:
    """Whether a write comes from our own page, or from no page at all.

    Browsers send Sec-Fetch-Site, on plain HTTP only Origin. The scheme of the request counts where this server ends TLS
    itself; a proxy that ends it is not asked for its scheme.
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
    """What makes a write one of another site, and what mends it where a proxy is the reason."""
    site, origin, host = (headers.get(name, "") for name in ("sec-fetch-site", "origin", "host"))
    if site:
        return f"The browser says that the page of {shown(origin) or 'another site'} sent it (Sec-Fetch-Site: {shown(site)})."
    both = f"The page is of {shown(origin)} (Origin), the request is for {shown(host)} (Host)."
    if scheme == "https" and origin == f"http://{host}":
        return f"{both} Open the page with https."
    return f"{both} A proxy in front must pass on the Host as it came; in nginx: proxy_set_header Host $http_host;"


def cross_site(headers: Headers) -> bool:
    """Whether another site made the browser send this request; an address that somebody typed is no site.

    A navigation on plain HTTP to another name than loopback has neither header: it counts as the source's own.
    """
    site = headers.get("sec-fetch-site")
    return site not in ("same-origin", "none") if site is not None else not same_origin(headers)
