"""The places of the page, and what each control does there: `kind name` to what it changes."""

from __future__ import annotations

from tests.browser.controls import ACTS, ASKS, GOES, LOOKS, OPENS, SAVES, TAKES, TELLS, WRITES, Place
from tests.browser.screen import Screen


class Steps:
    """Clicks on these, one after the other; a text with `=` is typed instead."""

    def __init__(self, *steps: str) -> None:
        self.steps = steps

    async def __call__(self, screen: Screen) -> None:
        for step in self.steps:
            if step.startswith("press "):
                await screen.page.keyboard.press(step[6:])
            elif " := " in step:
                css, text = step.split(" := ")
                await screen.page.locator(css).fill(text)
            else:
                await screen.page.locator(step).locator("visible=true").first.click()


def each(effect: str, kind: str, *names: str) -> dict[str, str]:
    """The same for several controls of a kind."""
    return {f"{kind} {name}": effect for name in names}


VERBS = each(OPENS, "button", "Reschedule", "Fail", "Complete")
CANCEL = {"button Cancel": OPENS}
ADD = each(TAKES, "input", "Task", "Payload", "Queue", "Run at", "Key", "Priority", "Max attempts", "Flags")
ADD |= {"select If the key exists": TAKES, "button Add job": WRITES} | CANCEL
JOB = VERBS | {"link Close (Esc)": GOES, "button Add again…": OPENS, "button Copy (payload)": TELLS, "summary {": OPENS}
PAGE_SIZE = {"select Rows per page": GOES}
FRAME = each(GOES, "link", "Skip to content", "Jobs", "Queues", "Tasks", "Errors", "Workers", "Maintenance") | {
    "select Auto refresh": LOOKS,
    "button Go to or do (ctrl k)": OPENS,
    "button Refresh (r)": ASKS,
    "button Settings": OPENS,
}
SETTINGS = (
    each(
        LOOKS,
        "button",
        "Light",
        "Dark",
        "System",
        "UTC",
        "Local",
        "Emerald",
        "Violet",
        "Amber",
        "Cyan",
        "Compact",
        "Comfortable",
    )
    | each(LOOKS, "box", "Queue", "Run at", "Created", "Worker", "Attempts")
    | each(LOOKS, "box", "Priority", "Key", "Payload", "Last error")
    | {"button Keyboard shortcuts": OPENS}
)
JOBS = (
    each(GOES, "link", "All", "Ready", "Scheduled", "Running", "Failed")
    | each(GOES, "input", "Search jobs", "Filter by task", "Filter by queue")
    | each(OPENS, "button", "Activity", "More", "Export", "Remove by key", "Add job")
    | each(GOES, "link", *(f"Remove filter state {state}" for state in ("ready", "scheduled", "failed")), "clear all")
    | each(GOES, "link", "oldest first", "ID", "Run at", "Attempts", "Pri", "Newer", "in c-task", "in c-queue")
    | {"box Select all on this page": ACTS, "box Select job #": ACTS, "tr of a job": GOES}
    | each(TELLS, "td", "id", "key", "payload_preview", "last_error")
    | each(WRITES, "button", "Retry job #", "Run now job #")
    | PAGE_SIZE
)
MORE = each(GOES, "input", "Filter by key", "Filter by worker", "Filter by flag") | each(
    TAKES, "input", "Priority from", "Priority to", "Attempts from", "Attempts to",
    "Run at from", "Run at before", "Created from", "Created before",
) | {"button Apply": GOES}  # fmt: skip
EVERY = Steps("[data-action=select-page]", "#gw-every")
PALETTE = (
    each(GOES, "option", "Jobs", "Queues", "Tasks", "Errors", "Workers", "Maintenance")
    | each(OPENS, "option", "Add job…", "Remove by key…", "Keyboard shortcuts")
    | {"option Refresh": ASKS, "input Job id, queue, task, screen or verb": TAKES}
)
CARDS = {
    "migrate": "Migrate",
    "delete-permanently-failed-jobs": "Delete",
    "gc-job-queues": "Remove",
    "gc-task-identifiers": "Remove",
    "sweep-stale-workers": "Recover",
    "release-old-locks": "Release",
}
MAINTENANCE = {"button Unlock… (force-unlock)": TELLS, "input Worker ids": TAKES, "select older than": ASKS} | {
    f"button {label}… ({name})": OPENS for name, label in CARDS.items()
}


def heads(*names: str) -> dict[str, str]:
    """Columns that sort."""
    return each(GOES, "link", *names) | PAGE_SIZE


def operation(name: str, label: str, more: dict[str, str] | None = None) -> Place:
    """The dialog of a card."""
    controls = (more or {}) | CANCEL | {f"button {label}": WRITES}
    steps = Steps("#gw-unlock-ids := w-1" if name == "force-unlock" else "h1", f".card [data-name={name}]")
    return Place(name, "?view=maintenance", "#gw-dialog", controls, steps)


BULK = Steps(*EVERY.steps, "#gw-a-reschedule", "#gw-in-priority := 3", "#gw-go:enabled", "[data-action=bulk-download]")
PLACES = (
    Place("frame", "?state=ready", ".skip, #gw-rail, #gw-bar", FRAME),
    Place("jobs", "?state=ready&state=scheduled&state=failed&sort=id&limit=50", "#gw-screen", JOBS),
    Place("no match", "?identifier=x&search=y&priority_min=5", ".blank",
          each(GOES, "link", "any task", "no search text", "no bounds")),
    Place("more", "", "#gw-more", MORE, Steps("#gw-more-open")),
    Place("export", "", "#gw-export", each(SAVES, "link", "CSV", "NDJSON, a job a line"), Steps("#gw-export-open")),
    Place("selected", "?limit=50", "#gw-acts",
          VERBS | {"button Copy": OPENS, "button Select all # that match": ACTS, "button Clear selection": ACTS},
          Steps("[data-action=select-page]")),
    Place("all that match", "?limit=50", "#gw-acts",
          each(OPENS, "button", "Retry…", "Run now…", "Reschedule…", "Fail…", "Complete…") | {"button Clear selection": ACTS},
          EVERY),
    Place("a verb on all", "?limit=50", "#gw-dialog", {"input Reason": TAKES, "button Fail # jobs": WRITES} | CANCEL,
          Steps(*EVERY.steps, "#gw-a-fail", "#gw-go:enabled >> xpath=ancestor::dialog//h1")),
    Place("its report", "?identifier=page&limit=50", "#gw-toasts",
          {"button Report as CSV": SAVES, "button Dismiss report": TELLS}, BULK),
    Place("copy", "?limit=50", "#gw-take",
          each(TELLS, "button", "Copy as JSON", "Copy as CSV") | each(SAVES, "button", "Download JSON", "Download CSV"),
          Steps("[data-action=select-page]", "#gw-take-open")),
    Place("failed job", "?job=2", "#gw-job",
          JOB | {"button Retry": WRITES, "button Copy (error)": TELLS, "button Raw": TAKES}
          | each(GOES, "link", "In Errors", "same task", "same error")),
    Place("scheduled job", "?job=4", "#gw-job",
          JOB | {"summary When each would run": OPENS, "button Run now": WRITES, "button Raw": TAKES}
          | each(GOES, "link", "same task", "same queue")),
    Place("reschedule", "?job=1", "#gw-dialog",
          each(TAKES, "input", "Run at", "Priority", "Attempts used", "Max attempts")
          | CANCEL | {"button Reschedule # job": WRITES}, Steps("#gw-v-reschedule")),
    Place("fail", "?job=1", "#gw-dialog", {"input Reason": TAKES, "button Fail # job": WRITES} | CANCEL, Steps("#gw-v-fail")),
    Place("complete", "?job=1", "#gw-dialog", {"button Complete # job": WRITES} | CANCEL, Steps("#gw-v-complete")),
    Place("result", "?job=1", "#gw-toasts", {"button Undo": WRITES, "button Dismiss result": TELLS},
          Steps("#gw-v-reschedule", "#gw-in-priority := 4", "#gw-go", "[data-action=dismiss-result] >> xpath=../b")),
    Place("notice", "?job=1", "#gw-toasts", {"button Dismiss": TELLS},
          Steps("[data-action=copy-payload]", "#gw-toasts .toast span")),
    Place("add", "", "#gw-dialog", ADD, Steps("#gw-tools [data-action=add-job]")),
    Place("add again", "?job=1", "#gw-dialog", ADD, Steps("[data-action=clone]")),
    Place("remove by key", "", "#gw-dialog", {"input Key": TAKES, "button Remove": WRITES} | CANCEL,
          Steps("#gw-tools [data-action=remove-key]")),
    Place("keys", "", "#gw-dialog", {"button Close": OPENS}, Steps("press ?")),
    Place("palette", "?state=ready", "#gw-dialog", PALETTE, Steps("press Control+k")),
    Place("address", "?state=odd&limit=50", "#gw-banners", {"button Dismiss": GOES}),
    Place("queues", "?view=queues&limit=50&offset=50", "#gw-screen",
          {"input Search queues": GOES} | heads("Queue", "Lock", "Oldest ready", "Ready", "Failed", "Jobs")
          | each(GOES, "link", "in c-task", "in c-lane", "in c-n", "Previous")),
    Place("tasks", "?view=tasks", "#gw-screen",
          {"input Search tasks": GOES} | heads("Task", "Jobs", "Ready", "Failed", "Oldest ready")
          | each(GOES, "link", "in c-task", "in c-n", "in c-err")),
    Place("errors", "?view=errors", "#gw-screen",
          {"input Search errors": GOES} | heads("Error", "Jobs", "Last", "First")
          | each(GOES, "link", "in c-error", "in c-tasks", "Newest") | {"button Retry…": OPENS}),
    Place("workers", "?view=workers", "#gw-screen",
          {"input Search workers": GOES} | heads("Worker", "Last heartbeat", "Running", "Oldest lock")
          | each(GOES, "link", "in c-task", "in c-jobs")
          | each(OPENS, "button", "Sweep stale workers… (sweep-stale-workers)", "Unlock… (force-unlock)")),
    Place("maintenance", "?view=maintenance", "#gw-screen", MAINTENANCE),
    *(operation(name, label, {"box Remove them although workers may be alive": TAKES} if name == "gc-task-identifiers" else None)
      for name, label in CARDS.items()),
    operation("force-unlock", "Unlock"),
    Place("settings", "", "#gw-settings", SETTINGS, Steps("[popovertarget=gw-settings]")),
)  # fmt: skip
# Driven where their moment comes about: between two steps, while something is under way, with a token.
ELSEWHERE = {
    "bulk-stop": "test_all_that_match", "bulk-go-on": "test_all_that_match", "bulk-copy": "test_all_that_match",
    "search-stop": "test_slices", "search-on": "test_slices", "show-new": "test_live", "export": "test_taking",
    "select-rest": "test_controls", "palette-move": "test_keyboard", "login": "test_access", "logout": "test_access", "database": "test_databases",
}  # fmt: skip
