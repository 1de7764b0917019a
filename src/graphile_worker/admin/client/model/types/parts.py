"""The parts of the state: each is what one endpoint last answered."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from graphile_worker.admin.api.responses.jobs import Count
from graphile_worker.admin.api.responses.live import Activity
from graphile_worker.admin.api.responses.overview import Overview
from graphile_worker.admin.api.responses.tables import Crontabs, FailureHistogram
from graphile_worker.admin.api.responses.values import Time
from graphile_worker.admin.api.vocabulary import SuggestField
from graphile_worker.admin.client.model.types.answers import Error, JobDetail, JobRow, Previews, TablePage


class Part(TypedDict):
    """What one endpoint last answered, and whether another answer is awaited."""

    status: Literal["first", "ready", "error"]
    as_of: Time | None
    got_ms: float
    error: Error | None
    loading: bool
    duration_ms: NotRequired[float]


class Slice(TypedDict):
    """How far a search in slices has come; `going`: the next slice is asked for."""

    first: int | None
    to: int | None
    partial: bool
    slices: int
    going: bool


class Held(TypedDict):
    """An answer that waits behind the "N new" pill; with `more` there may be more than `fresh` new rows."""

    rows: list[JobRow]
    next: str | None
    prev: str | None
    fresh: int
    more: bool
    gone: int


class JobsPart(Part):
    """The list of jobs; `names` has the names in its rows, which a filter suggests before the server answers."""

    rows: list[JobRow]
    names: dict[SuggestField, list[str]]
    next: str | None
    prev: str | None
    query: str
    held: Held | None
    slice: Slice | None


class CountPart(Part):
    """How many jobs match the filters of `query`, and its filters beside the states, `others`."""

    data: Count | None
    query: str
    others: str


CountName = Literal["total", "ready", "scheduled", "locked", "failed", "blocked", "retrying"]  # of Stats


class OverviewPart(Part):
    """Counts of the whole table."""

    data: Overview | None


class TablePart(Part):
    """Queues, tasks, errors or workers."""

    data: TablePage | None
    query: str


class HistogramPart(Part):
    """Failures over time."""

    data: FailureHistogram | None


class DetailPart(Part):
    """The open job; `raw`: its payload is shown as stored, else as `pretty`, (HTML, was it cut)."""

    id: str
    job: JobDetail | None
    raw: bool
    pretty: tuple[str, bool]


class MaintenancePart(Part):
    """Previews of the maintenance operations."""

    data: Previews | None


class CrontabsPart(Part):
    """The known crontabs."""

    data: Crontabs | None


class ActivityPart(Part):
    """The charts."""

    data: Activity | None


class Suggested(TypedDict):
    """Names that begin with `prefix`; without `values` none are offered.

    `counts` are the jobs of each at `counts_as_of`, where they are known. `alone`: the browser shows the label of an
    option without its value.
    """

    prefix: str | None
    values: list[str] | None
    counts: list[int | None]
    counts_as_of: Time | None
    alone: bool


class Command(TypedDict):
    """What a dialog would do, as text to copy; `name`: cli, curl or sql."""

    name: str
    label: str
    text: str


class WatchedCounts(TypedDict):
    """What has become of watched jobs."""

    gone: int
    running: int
    failed: int
    waiting: int


class Watch(TypedDict):
    """The first `watched` jobs of the `total` that an action was done on; `batches`: their ids as parameters.

    `exact`: the attempts of all after the action are known, so that the server knows which have failed since.
    """

    action: str
    db: str
    total: int
    watched: int
    batches: list[str]
    exact: bool
    counts: WatchedCounts | None
    loading: bool
    got_ms: float
    error: Error | None
