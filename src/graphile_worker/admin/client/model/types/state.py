"""The state, the route, the dialog, and results of actions."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict

from graphile_worker.admin.api.responses.actions import Removed
from graphile_worker.admin.api.responses.jobs import Count
from graphile_worker.admin.api.responses.server import Session
from graphile_worker.admin.api.responses.values import Time
from graphile_worker.admin.client.model.types.answers import BulkPreview, Error, JobRow, Result, UnlockAnswer
from graphile_worker.admin.client.model.types.parts import (
    ActivityPart,
    Command,
    CountPart,
    CrontabsPart,
    DetailPart,
    HistogramPart,
    JobsPart,
    MaintenancePart,
    OverviewPart,
    Suggested,
    TablePart,
    Watch,
)

View = Literal["jobs", "queues", "tasks", "errors", "workers", "maintenance"]
PartName = Literal[
    "jobs",
    "count",
    "overview",
    "queues",
    "tasks",
    "errors",
    "histogram",
    "workers",
    "detail",
    "maintenance",
    "activity",
    "crontabs",
]
MaintenanceName = Literal[
    "migrate",
    "delete-permanently-failed-jobs",
    "gc-job-queues",
    "gc-task-identifiers",
    "sweep-stale-workers",
    "release-old-locks",
    "force-unlock",
]
Values: TypeAlias = dict[str, str]  # the fields of a form, as text
Offsets: TypeAlias = list[tuple[int, int]]  # (seconds since 1970, minutes east of UTC from then on)
NotDone: TypeAlias = tuple[str, str, str]  # id, outcome, reason
ReasonGroup: TypeAlias = tuple[str, str, list[str]]  # outcome, reason, ids
FilterMembers: TypeAlias = dict[str, str | list[str]]
Attribute: TypeAlias = str | int | float | bool | None  # of an HTML element; None and False leave it out


Route = TypedDict(
    "Route",
    {
        "db": str, "view": View, "search": str, "sort": str, "cursor": str, "offset": int, "limit": int, "job": str,
        "state": list[str], "identifier": list[str], "queue": list[str], "key": list[str], "worker": list[str],
        "flag": list[str], "error": list[str], "variant": list[str], "payload_path": list[str], "held": str,
        "priority_min": str, "priority_max": str, "attempts_min": str, "attempts_max": str,
        "run_at_from": str, "run_at_to": str, "created_from": str, "created_to": str,
        "failed_from": str, "failed_to": str,
    },
)  # fmt: skip
RouteChanges = TypedDict(
    "RouteChanges",
    {
        "db": str, "view": View, "search": str, "sort": str, "cursor": str, "offset": int, "limit": int, "job": str,
        "state": list[str], "identifier": list[str], "queue": list[str], "key": list[str], "worker": list[str],
        "flag": list[str], "error": list[str], "variant": list[str], "payload_path": list[str], "held": str,
        "priority_min": str, "priority_max": str, "attempts_min": str, "attempts_max": str,
        "run_at_from": str, "run_at_to": str, "created_from": str, "created_to": str,
        "failed_from": str, "failed_to": str,
    },
    total=False,
)  # fmt: skip


class AuthState(TypedDict):
    """The login of the page: `wanted` shows the login panel, `ended` says that there was a login before."""

    mode: str
    header: str
    token: str
    wanted: bool
    refused: bool
    entered: bool
    ended: bool
    problem: Error | None


class LiveState(TypedDict):
    """The stream of events: `stream_key` names the database and the token that it was opened with; `listening`: it has
    notifications of added jobs, the last of which came at `added_ms`."""

    connected: bool
    listening: bool
    stream_key: str
    pause_secs: int
    retry_at_ms: float
    refresh_scheduled: bool
    refresh_postponed: bool
    refreshed_ms: float
    added_ms: float
    again_ms: int


class Preferences(TypedDict):
    """What this browser remembers of its user's choices."""

    activity: bool
    theme: str
    accent: str
    density: str
    zone: str
    auto: int
    columns: tuple[str, ...]


class SavedView(TypedDict):
    """A named filter of the jobs with its order and columns: the query of an address."""

    name: str
    query: str


class SavedViews(TypedDict):
    """The views that this browser has saved for the database, under the name `key`; `renamed` is the one whose name is
    edited, `refused` is why the typed name cannot be taken."""

    key: str
    saved: list[SavedView]
    renamed: str
    refused: str


ChoiceName = Literal["theme", "accent", "density", "zone"]


class Toast(TypedDict):
    """A notice."""

    id: str
    kind: Literal["good", "bad", "note", "warn"]
    text: str
    error: Error | None


ToastKind = Literal["good", "bad", "note", "warn"]


class MaintenanceResult(TypedDict):
    """What an operation answered, for its card."""

    kind: ToastKind
    text: str


class UndoEntry(TypedDict):
    """A job as an action left it, and the values it `was` changed from."""

    id: str
    revision: int
    was: list[tuple[str, str]]
    run_at: NotRequired[Time]
    updated_at: NotRequired[Time]
    priority: NotRequired[int]
    attempts: NotRequired[int]
    max_attempts: NotRequired[int]


class ActionResult(TypedDict):
    """The card of the last action; `undo` is there as long as it can be undone, `total` counts the jobs of an undo.

    `attempts`: those of each job after the action.
    """

    action: str
    results: list[Result]
    values: NotRequired[Values]
    attempts: NotRequired[dict[str, int]]
    undo: NotRequired[list[UndoEntry]]
    db: NotRequired[str]
    total: NotRequired[int]


class BulkRun(TypedDict):
    """An action on all jobs that match, while it runs and afterwards."""

    action: str
    values: Values
    run_at: str
    db: str
    filter: FilterMembers
    cursor: str
    total: int | None
    more: bool
    phase: Literal["running", "stopping", "stopped", "broken", "done"]
    outcomes: dict[str, int]
    not_done: list[NotDone]
    groups: list[ReasonGroup]
    lines: list[str]
    done_ids: list[str]
    error: Error | None


DialogKind = Literal["action", "bulk", "add", "remove", "payload", "maintain", "keys", "palette"]


class ShownLock(TypedDict):
    """The lock of one job or one queue as the page shows it. The id of the job, or the name of the queue, is empty."""

    job: str
    queue: str
    by: str
    at: Time


class Dialog(TypedDict, total=False):
    """The open dialog. The first seven members are always there, the others by its kind."""

    kind: DialogKind
    values: Values
    error: Error | None
    busy: bool
    fields: tuple[str, ...]
    zone: str
    commands: list[Command]  # the same as a command, once that is shown
    action: str  # of a dialog for an action or a bulk action
    jobs: list[JobRow]  # of a dialog for an action, a payload or a duplicate
    stored: str  # payload: the text that Save replaces
    shown: str  # payload: the text that the editor began with
    lost: bool  # payload: it was changed since the editor was opened
    route: Route  # bulk
    preview: BulkPreview | None  # bulk
    excluded: dict[str, Count]  # bulk: jobs that the action skips, by state
    source_id: str  # add: the job that is copied
    removal: Removed | None  # remove: of a job of the panel, the answer of its dry run
    name: MaintenanceName  # maintain
    ids: list[str]  # maintain
    lock: ShownLock | None  # maintain: force-unlock of one job or queue
    taken: UnlockAnswer | None  # maintain: force-unlock, the answer of its dry run
    text: str  # palette
    position: int  # palette
    names: dict[str, list[str]]  # palette


class PaletteItem(TypedDict):
    """A line of the command palette: a `url` to go to, or an `action` with its `data`."""

    words: str
    hint: str
    picture: str
    url: str
    action: str
    data: dict[str, str]


class SecondFile(TypedDict):
    """The file with the modules that the first screen does not need; `error`: a screen of it could not be loaded."""

    here: bool
    error: Error | None


class State(TypedDict):
    """Everything that the page is drawn from."""

    route: Route
    dropped: list[str]
    auth: AuthState
    build: str
    page_build: str
    read_only: bool
    schema: str
    base: str
    export_commands: bool
    environment: str
    environment_color: str
    session: Session | None
    jobs: JobsPart
    count: CountPart
    overview: OverviewPart
    queues: TablePart
    tasks: TablePart
    errors: TablePart
    histogram: HistogramPart
    workers: TablePart
    detail: DetailPart
    maintenance: MaintenancePart
    crontabs: CrontabsPart
    activity: ActivityPart
    suggest: dict[str, Suggested]
    views: SavedViews
    near: dict[str, list[str] | None]
    local_times: dict[str, str]
    zone: str
    offsets: Offsets
    old_secs: str
    unlock_ids: str
    maintenance_results: dict[str, MaintenanceResult]
    g_ms: float
    g_letter: bool
    selected: dict[str, bool]
    all_matching: bool
    bulk: BulkRun | None
    watch: Watch | None
    anchor: str
    focused_id: str
    dialog: Dialog | None
    result: ActionResult | None
    second: SecondFile
    toasts: list[Toast]
    live: LiveState
    preferences: Preferences
    clock: tuple[float, float] | None
    now_ms: float
    input_version: int
    typed: str
    typed_ms: float
    emptied: dict[str, int]
    unfolded: dict[str, bool]
    context_version: int
