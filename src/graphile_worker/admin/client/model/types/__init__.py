"""Types of the browser program. Only type checkers read this package: it does not travel to the browser.

`answers` has the answers of the API, `parts` and `state` the state, `program` what a handler may call. Import from here,
under TYPE_CHECKING.
"""

from __future__ import annotations

# fmt: off
from graphile_worker.admin.api.responses.actions import Added, Removed
from graphile_worker.admin.api.responses.diagnosis import Finding
from graphile_worker.admin.api.responses.jobs import Count, Match, PayloadValue, Rung, Why
from graphile_worker.admin.api.responses.live import Activity, ActivityPoint
from graphile_worker.admin.api.responses.overview import Overview, Rate
from graphile_worker.admin.api.responses.server import NamedDatabase, Session
from graphile_worker.admin.api.responses.tables import (
    CronJobs,
    Crontabs,
    ErrorRow,
    ErrorTask,
    ErrorVariant,
    FailureBucket,
    FailureHistogram,
    Listener,
    QueueRow,
    Suggestions,
    TaskRow,
    WorkerRow,
)
from graphile_worker.admin.api.responses.values import Stats, Time
from graphile_worker.admin.api.vocabulary import (
    BoundName,
    JobState,
    ListFilter,
    SuggestField,
    TableName,
    TimeBound,
)
from graphile_worker.admin.client.model.types.answers import (
    Acted,
    BulkPreview,
    BulkStep,
    Cleanup,
    Error,
    Holder,
    JobDetail,
    JobPage,
    JobRow,
    MaintenanceAnswer,
    MigrationPlan,
    OldLock,
    OldLocks,
    Preview,
    PreviewPart,
    Previews,
    Result,
    SilentWorker,
    Stamped,
    Sweep,
    TablePage,
    TaskPreview,
    UnlockAnswer,
)
from graphile_worker.admin.client.model.types.parts import (
    ActivityPart,
    Command,
    CountName,
    CountPart,
    CrontabsPart,
    DetailPart,
    Held,
    JobsPart,
    MaintenancePart,
    OverviewPart,
    Part,
    Slice,
    Suggested,
    TablePart,
    Watch,
    WatchedCounts,
)
from graphile_worker.admin.client.model.types.program import (
    App,
    Copied,
    Dom,
    Done,
    Event,
    Handler,
    Request,
    Stream,
    T,
    WriteDone,
)
from graphile_worker.admin.client.model.types.state import (
    ActionResult,
    Attribute,
    AuthState,
    BulkRun,
    ChoiceName,
    Dialog,
    DialogKind,
    FilterMembers,
    LiveState,
    MaintenanceName,
    MaintenanceResult,
    NotDone,
    Offsets,
    PaletteItem,
    PartName,
    Preferences,
    ReasonGroup,
    Route,
    RouteChanges,
    SavedView,
    SavedViews,
    ShownLock,
    State,
    Toast,
    ToastKind,
    UndoEntry,
    Values,
    View,
)

__all__ = [
    "Acted", "ActionResult", "Activity", "ActivityPart", "ActivityPoint", "Added", "App",
    "Attribute", "AuthState", "BoundName", "BulkPreview", "BulkRun", "BulkStep", "ChoiceName", "Cleanup", "Command", "Copied", "Count",
    "CountName", "CountPart", "CronJobs", "Crontabs", "CrontabsPart", "DetailPart", "Dialog", "DialogKind", "Dom", "Done", "Error", "ErrorRow",
    "ErrorTask", "ErrorVariant", "Event", "FailureBucket", "FailureHistogram",
    "FilterMembers", "Finding", "Handler", "Held", "Holder", "JobDetail", "JobPage", "JobRow", "JobState",
    "JobsPart", "ListFilter", "Listener", "LiveState", "MaintenanceAnswer", "MaintenanceName", "MaintenancePart",
    "MaintenanceResult", "Match", "MigrationPlan", "NamedDatabase", "NotDone", "Offsets", "OldLock", "OldLocks",
    "Overview", "OverviewPart", "PaletteItem", "PayloadValue", "Part", "PartName", "Preferences", "Preview", "PreviewPart",
    "Previews", "QueueRow", "Rate", "ReasonGroup", "Removed", "Request", "Result", "Route", "RouteChanges", "Rung",
    "SavedView", "SavedViews", "ShownLock", "Session", "SilentWorker", "Slice", "Stamped", "State", "Stats", "Stream",
    "SuggestField", "Suggested",
    "Suggestions", "Sweep", "T", "TableName", "TablePage", "TablePart", "TaskPreview", "TaskRow", "Time",
    "TimeBound", "Toast", "ToastKind", "UndoEntry", "UnlockAnswer", "Values", "View", "Watch", "WatchedCounts", "Why", "WorkerRow", "WriteDone",
]
# fmt: on
