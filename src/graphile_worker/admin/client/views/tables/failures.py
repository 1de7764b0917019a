"""Failures over time on the Errors screen: a bar per hour, which is a link to the jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.text.format import integer
from graphile_worker.admin.client.text.html import link
from graphile_worker.admin.client.times import zones

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import FailureBucket, State


def histogram(state: State) -> str:
    """The bars with their legend, time axis and the number of the highest one; empty without a failure."""
    data = state["histogram"]["data"]
    if data is None:
        return ""
    buckets = data["buckets"]
    top = max([one["failed"] + one["retrying"] for one in buckets])
    if not top:
        return ""
    failed, retrying = [integer(sum([one[kind] for one in buckets])) for kind in ("failed", "retrying")]
    return (
        '<figure class="histogram"><figcaption><span>Last failure of each job, by the hour</span>'
        '<span class="legend"><span class="series failed"><i></i>failed <b>%s</b></span>'
        '<span class="series retrying"><i></i>retrying <b>%s</b></span></span></figcaption><div class="plot"><span class="top" title="Jobs of the highest bar">%s</span><div class="bars">%s</div></div>'
        '<div class="axis"><span>24 h ago</span><span>now</span></div></figure>'
    ) % (failed, retrying, integer(top), "".join([_bar(state, one, top) for one in buckets]))


def _bar(state: State, bucket: FailureBucket, top: int) -> str:
    """One bar. Its text says the hour and both numbers; an hour without a failure is no link."""
    failed, retrying = bucket["failed"], bucket["retrying"]
    if not failed + retrying:
        return "<span></span>"
    words = "%s to %s: %s failed, %s retrying" % (
        zones.clock(bucket["from"], state["offsets"])[:5],
        zones.clock(bucket["to"], state["offsets"])[:5],
        integer(failed),
        integer(retrying),
    )
    route = url_state.bare(
        state["route"], state=["failed", "retrying"], failed_from=bucket["from"], failed_to=bucket["to"]
    )
    parts = '<i class="retrying" style="height:%d%%"></i><i class="failed" style="height:%d%%"></i>' % (
        retrying * 100 // top,
        failed * 100 // top,
    )
    return link(parts, url_state.to_url(route), "", aria_label=words, title=words)
