"""The places of the page, and what each control does there: `kind name` to what it changes."""

from __future__ import annotations

from tests.browser.controls import ACTS, ASKS, GOES, LOOKS, OFF, OPENS, SAVES, TAKES, TELLS, Place, Writes
from tests.browser.screen import Screen


class Steps:
    """Clicks on these, one after the other; a text with `=` is typed instead."""

    def __init__(self, *steps: str) -> None:
        self.steps = steps

    def on_phone(self) -> Steps:
        """Where a phone has other ways to the same."""
        return Steps(*(other for step in self.steps for other in ON_PHONE.get(step, (step,))))

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


ADDS = Writes("test_acting.test_a_refused_job_keeps_what_was_typed")
ADDS_AGAIN = Writes("test_acting.test_add_a_job_again_with_a_change")
ROW = Writes("test_acting.test_the_one_button_of_a_row_does_its_action_at_once")
MAINTAINS = Writes("test_maintaining.test_an_operation_says_what_there_is_to_do_and_does_just_that")
RELEASES = Writes("test_maintaining.test_old_locks_are_previewed_by_age_and_released")
FORGETS = Writes("test_maintaining.test_task_names_are_left_alone_until_somebody_ticks_the_box")
SHEET = "[popovertarget=gw-filters]"
ON_PHONE = {
    "[data-action=select-page]": ("[data-action=select]", "#gw-whole-page"),
    "#gw-more-open": (SHEET,),
    "#gw-views-open": (SHEET, "#gw-filters [popovertarget=gw-views]"),
    "#gw-export-open": (SHEET, "[popovertarget=gw-export]"),
    "#gw-tools [data-action=remove-key]": (SHEET, "#gw-tools [data-action=remove-key]"),
}
VERBS = each(OPENS, "button", "Reschedule", "Fail", "Complete")
CANCEL = {"button Cancel": OPENS, "summary The same as a command": OPENS}
WHEN = each(TAKES, "input", "Pick a date: run at") | each(TAKES, "button", "in # h", "tomorrow #:#")
ADD = each(TAKES, "input", "Task", "Payload", "Queue", "Run at", "Key", "Priority", "Max attempts", "Flags")
ADD |= {"select If the key exists": TAKES} | WHEN | CANCEL
JOB = VERBS | {
    "link Close (Esc)": GOES,
    "button Duplicate…": OPENS,
    "button Edit…": OPENS,
    "button Copy (payload)": TELLS,
    "button Copy link (link)": TELLS,
    "summary {": OPENS,
}
PAGE_SIZE = {"select Rows per page": GOES}
FRAME = each(GOES, "link", "Skip to content", "Jobs", "Queues", "Tasks", "Errors", "Workers", "Maintenance") | {
    "button Live": OPENS,
    "button Search…": OPENS,
    "button Settings": OPENS,
}
LIVE = {"button # s": LOOKS, "button Refresh now": ASKS}
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
    | each(LOOKS, "box", "Priority", "Key", "Payload", "Last error", "Failed at")
    | {"input Add a value of the payload as a column": GOES}
    | {"button Keyboard shortcuts": OPENS}
)
JOBS = (
    each(GOES, "link", "All", "Ready", "Scheduled", "Running", "Failed")
    | each(GOES, "input", "Search jobs", "Filter by task", "Filter by queue")
    | each(OPENS, "button", "Activity", "More", "Views", "Export", "Remove by key", "Add job")
    | each(GOES, "link", *(f"Remove filter state {state}" for state in ("ready", "scheduled", "failed")), "clear all")
    | each(GOES, "link", "oldest first", "ID", "Run at", "Attempts", "Pri", "Newer", "in c-task", "in c-queue")
    | {"box Select all on this page": ACTS, "box Select job #": ACTS, "tr of a job": GOES}
    | each(TELLS, "td", "id", "key")
    | each(TELLS, "button", "Copy the payload of job #", "Copy the error of job #")
    | each(ROW, "button", "Retry job #", "Run now job #")
    | PAGE_SIZE
)
MORE = each(GOES, "input", "Filter by key", "Filter by worker", "Filter by flag") | each(
    TAKES, "input", "Priority from", "Priority to", "Attempts from", "Attempts to",
    "Run at from", "Run at before", "Created from", "Created before", "Failed from", "Failed before",
    *(f"Pick a date: {name} {end}" for name in ("Run at", "Created", "Failed") for end in ("from", "before")),
) | each(GOES, "button", "Apply", "# min", "# h", "today")  # fmt: skip
VIEWS = {
    "link Mine": OPENS,
    "button Copy link of Mine": TELLS,
    "input Name of the view": TAKES,
    "button Save view": TELLS,
}
VIEWS |= {"button Rename Mine": TAKES, "button Delete Mine": TELLS}
EVERY = Steps("[data-action=select-page]", "#gw-every")
PALETTE = (
    each(GOES, "option", "Jobs", "Queues", "Tasks", "Errors", "Workers", "Maintenance")
    | each(OPENS, "option", "Add job…", "Remove by key…", "Keyboard shortcuts")
    | {"option Refresh": ASKS, "input Type a command, job id, task or queue": TAKES}
)
CARDS = {
    "migrate": "Migrate",
    "delete-permanently-failed-jobs": "Delete",
    "gc-job-queues": "Remove",
    "sweep-stale-workers": "Release",
}
MAINTENANCE = {"button Unlock… (force-unlock)": OPENS, "input Worker ids": TAKES, "select older than": ASKS} | {
    f"button {label}… ({name})": OPENS
    for name, label in (*CARDS.items(), ("gc-task-identifiers", "Remove"), ("release-old-locks", "Release"))
}


def heads(*names: str) -> dict[str, str]:
    """Columns that sort."""
    return each(GOES, "link", *names) | PAGE_SIZE


QUEUES = {"input Search queues": GOES, "link Held only": GOES}
QUEUES |= heads("Queue", "State", "Lock", "Oldest ready", "Ready", "Failed", "Retrying", "Jobs")
GROUP = ("in c-error", "in c-n", "in c-tasks", "Newest")
UNFOLD = "button # variants of: No answer within … seconds"


def operation(name: str, label: str, test: Writes = MAINTAINS, more: dict[str, str] | None = None) -> Place:
    """The dialog of a card."""
    controls = (more or {}) | CANCEL | {f"button {label}": test}
    steps = Steps("#gw-unlock-ids := w-1" if name == "force-unlock" else "h1", f".card [data-name={name}]")
    return Place(name, "?view=maintenance", "#gw-dialog", controls, steps)


GO = "#gw-go:enabled >> xpath=ancestor::dialog//h1"  # waits for the preview of the dialog
BULK = Steps(*EVERY.steps, "#gw-a-reschedule", "#gw-in-priority := 3", "#gw-go:enabled", "[data-action=bulk-download]")
PLACES = (
    Place("frame", "?state=ready", ".skip, #gw-rail, #gw-bar", FRAME),
    Place("jobs", "?state=ready&state=scheduled&state=failed&sort=id&limit=50", "#gw-screen", JOBS),
    Place("no match", "?identifier=page&search=y&priority_min=5", ".empty-state",
          each(GOES, "link", "Remove “task: page”", "Clear search", "Remove ranges")),
    Place("active filters", "?identifier=page&search=y&priority_min=5", "#gw-chips",
          each(GOES, "link", "Remove filter priority from #", "Remove filter task page", "Remove filter search y", "newest first", "clear all")),
    Place("first page", "?limit=50", ".foot", each(GOES, "link", "Older") | PAGE_SIZE),
    Place("more", "", "#gw-more", MORE, Steps("#gw-more-open")),
    Place("views", "?state=ready", "#gw-views", VIEWS, Steps("#gw-views-open", "#gw-views .view-name := Mine", "#gw-views .main")),
    Place("export", "", "#gw-export", each(SAVES, "link", "CSV", "NDJSON, a job a line") | {"button Copy link to this list (link)": TELLS, "summary The same as a command": OPENS},
          Steps("#gw-export-open")),
    Place("export as a command", "", "#gw-export .commands",
          {"summary The same as a command": OPENS} | each(TELLS, "button", "Copy Command line (command)", "Copy curl (command)"),
          Steps("#gw-export-open", "#gw-export summary")),
    Place("a dialog as a command", "?job=1", "#gw-dialog .commands",
          {"summary The same as a command": OPENS}
          | each(TELLS, "button", "Copy Command line (command)", "Copy curl (command)", "Copy SQL (command)"),
          Steps("#gw-v-fail", "#gw-dialog summary")),
    Place("selected", "?limit=50", "#gw-acts",
          VERBS | {"button Run next": OPENS, "button Copy": OPENS, "button Select all # that match": ACTS, "button Clear selection": ACTS},
          Steps("[data-action=select-page]")),
    Place("page selected", "?limit=50", ".search-progress", each(ACTS, "button", "Select all # that match", "Clear"),
          Steps("[data-action=select-page]")),
    Place("all that match", "?limit=50", "#gw-acts",
          each(OPENS, "button", "Retry…", "Run now…", "Run next…", "Reschedule…", "Fail…", "Complete…") | {"button Clear selection": ACTS},
          EVERY),
    Place("an action on all", "?limit=50", "#gw-dialog", {"input Reason": TAKES, "button Fail # jobs": Writes("test_all_that_match.test_a_lost_connection_says_what_was_done")} | CANCEL,
          Steps(*EVERY.steps, "#gw-a-fail", GO)),
    Place("its report", "?identifier=page&limit=50", "#gw-toasts",
          {"button Report as CSV": SAVES, "button Dismiss report": TELLS}, BULK),
    Place("copy", "?limit=50", "#gw-take",
          each(TELLS, "button", "Copy as JSON", "Copy as CSV", "Copy ids (ids)") | each(SAVES, "button", "Download JSON", "Download CSV"),
          Steps("[data-action=select-page]", "#gw-take-open")),
    Place("failed job", "?job=2", "#gw-job",
          JOB | {"button Retry": Writes("test_acting.test_read_why_a_job_failed_and_retry_it"), "button Copy (error)": TELLS, "button Raw": TAKES}
          | each(GOES, "link", "In Errors", "same task", "same error")),
    Place("scheduled job", "?job=4", "#gw-job",
          JOB | {"summary When each would run": OPENS, "button Run now": Writes("test_acting.test_run_a_scheduled_job_now"),
                 "button Run next": Writes("test_acting.test_run_a_job_before_all_others"), "button Raw": TAKES}
          | each(GOES, "link", "same task", "billing")),
    Place("job with a key", "?job=1", "#gw-job", JOB | {"button Remove…": OPENS, "button Run next": Writes("test_acting.test_run_a_job_before_all_others"), "summary When each would run": OPENS, "button Raw": TAKES}
          | each(GOES, "link", "mail-#", "same task")),
    Place("running job", "?job=5", "#gw-job", {call: effect for call, effect in JOB.items() if call not in VERBS}
          | {"button Edit…": OFF, "button Give up…": OPENS, "button Unlock… (force-unlock)": OPENS, "summary When each would run": OPENS, "button Raw": TAKES}
          | each(GOES, "link", "Worker worker-#", "worker-#", "nightly", "report", "same task")),
    Place("remove a job", "?job=1", "#gw-dialog", {"button Remove job #": Writes("test_acting.test_remove_a_job_that_waits")} | CANCEL,
          Steps("#gw-v-remove", GO)),
    Place("give up a job", "?job=5", "#gw-dialog", {"button Give up job #": Writes("test_acting.test_give_up_a_job_that_runs")} | CANCEL,
          Steps("#gw-v-remove", GO)),
    Place("unlock a job", "?job=5", "#gw-dialog", {"button Unlock job #": Writes("test_acting.test_unlock_one_job_of_a_worker")} | CANCEL,
          Steps("#gw-v-unlock", GO)),
    Place("reschedule", "?job=1", "#gw-dialog",
          each(TAKES, "input", "Run at", "Priority", "Attempts used", "Max attempts")
          | WHEN | CANCEL | {"button Reschedule # job": Writes("test_acting.test_reschedule")}, Steps("#gw-v-reschedule")),
    Place("fail", "?job=1", "#gw-dialog", {"input Reason": TAKES, "button Fail # job": Writes("test_restarted.test_an_action_in_a_tab_of_the_former_server")} | CANCEL, Steps("#gw-v-fail")),
    Place("complete", "?job=1", "#gw-dialog", {"button Complete # job": Writes("test_acting.test_an_id_past_two_to_the_53_is_acted_on_exactly")} | CANCEL, Steps("#gw-v-complete")),
    Place("result", "?job=1", "#gw-toasts", {"button Undo": Writes("test_taking.test_undo_what_was_rescheduled"), "button Dismiss result": TELLS},
          Steps("#gw-v-reschedule", "#gw-in-priority := 4", "#gw-go", "[data-action=dismiss-result] >> xpath=../b")),
    Place("notice", "?job=1", "#gw-toasts", {"button Dismiss": TELLS},
          Steps("[data-action=copy-payload]", "#gw-toasts .toast span")),
    Place("add", "", "#gw-dialog", ADD | {"button Add job": ADDS}, Steps("#gw-tools [data-action=add-job]")),
    Place("duplicate", "?job=1", "#gw-dialog",
          ADD | {"button Duplicate job #": ADDS_AGAIN, "box Remove the original (job #) after that, unless it is running": TAKES}, Steps("[data-action=clone]")),
    Place("payload", "?job=1", "#gw-dialog", {"input Payload": TAKES, "button Save": Writes("test_editing.test_change_a_payload")} | CANCEL,
          Steps("[data-action=edit-payload]")),
    Place("remove by key", "", "#gw-dialog", {"input Key": TAKES, "button Remove": Writes("test_acting.test_remove_by_key")} | CANCEL,
          Steps("#gw-tools [data-action=remove-key]")),
    Place("keys", "", "#gw-dialog", {"button Close": OPENS}, Steps("press ?")),
    Place("palette", "?state=ready", "#gw-dialog", PALETTE, Steps("press Control+k")),
    Place("address", "?state=odd&limit=50", "#gw-banners", {"button Dismiss": GOES}),
    Place("queues", "?view=queues&limit=50&offset=50", "#gw-screen",
          QUEUES | each(GOES, "link", "in c-task", "in c-lane", "in c-n", "in c-by", "Previous") | {"button Unlock… (force-unlock)": OPENS}),
    Place("held queue", "?view=queues&search=nightly", "#gw-screen",
          QUEUES | each(GOES, "link", "in c-task", "in c-lane", "in c-by") | {"button Unlock… (force-unlock)": OPENS}),
    Place("unlock a queue", "?view=queues&search=nightly", "#gw-dialog", {"button Unlock queue nightly": Writes("test_acting.test_unlock_one_queue")} | CANCEL,
          Steps(".queues [data-action=maintain]", GO)),
    Place("tasks", "?view=tasks", "#gw-screen",
          {"input Search tasks": GOES} | heads("Task", "Jobs", "Ready", "Failed", "Retrying", "Oldest ready")
          | each(GOES, "link", "in c-task", "in c-n", "in c-err")),
    Place("errors", "?view=errors", "#gw-screen",
          {"input Search errors": GOES} | each(GOES, "button", "# min", "# h", "today") | heads("Error", "Failed", "Retrying", "Last", "First")
          | each(GOES, "link", "#:# to #:#: # failed, # retrying", *GROUP) | {UNFOLD: OPENS, "button Retry…": OPENS}),
    Place("unfolded errors", "?view=errors", ".errors .variant", each(GOES, "link", *GROUP) | {"button Retry…": OPENS}, Steps(".unfold")),
    Place("workers", "?view=workers", "#gw-screen",
          {"input Search workers": GOES} | heads("Worker", "Last heartbeat", "Running", "Oldest lock")
          | each(GOES, "link", "in c-task", "in c-jobs")
          | each(OPENS, "button", "Release jobs of stale workers… (sweep-stale-workers)", "Unlock… (force-unlock)")),
    Place("maintenance", "?view=maintenance", "#gw-screen", MAINTENANCE, Steps("#gw-unlock-ids := w-1")),
    operation("migrate", "Migrate"),
    operation("delete-permanently-failed-jobs", "Delete # failed jobs"),
    operation("gc-job-queues", "Remove # unused queue"),
    operation("sweep-stale-workers", "Release # job of # stale worker"),
    operation("gc-task-identifiers", "Remove # unused task name", FORGETS, {"box Remove them although workers may be alive": TAKES}),
    operation("release-old-locks", "Release # job", RELEASES),
    operation("force-unlock", "Unlock # worker"),
    Place("live", "", "#gw-live-menu", LIVE | {"button Resume": LOOKS}, Steps("#gw-live-open")),
    Place("settings", "", "#gw-settings", SETTINGS, Steps("[popovertarget=gw-settings]")),
    Place("refreshed by itself", "", "#gw-live-menu", LIVE | {"button Pause": LOOKS}, Steps("#gw-live-open", "#gw-live-menu .segmented button:last-child", "#gw-live-menu [aria-pressed=true]")),
)  # fmt: skip
# Driven where their moment comes about, by these tests: between two steps, while something is under way, with a token.
ELSEWHERE = {
    "bulk-stop": "test_all_that_match.test_stop_in_between_and_go_on",
    "bulk-go-on": "test_all_that_match.test_stop_in_between_and_go_on",
    "bulk-copy": "test_all_that_match.test_the_ids_that_were_left_alone_are_copied",
    "search-stop": "test_slices.test_a_long_search_says_how_far_it_is",
    "search-on": "test_slices.test_a_long_search_says_how_far_it_is",
    "show-new": "test_live.test_the_pill_counts_new_rows_of_this_list_and_no_others",
    "command-typed": "test_commands.test_the_commands_of_a_dialog_follow_its_form",
    "watch": "test_commands.test_watch_the_jobs_of_a_retry",
    "watch-dismiss": "test_commands.test_watch_the_jobs_of_a_retry",
    "export": "test_taking.test_with_a_token_the_page_fetches_the_file",
    "select-rest": "test_controls.test_what_only_a_phone_has",
    "palette-move": "test_keyboard.test_the_palette_goes_anywhere",
    "load-again": "test_second_file.test_try_again_does_what_was_not_done",
    "login": "test_access.test_a_token_is_asked_for_and_kept_for_this_tab",
    "logout": "test_access.test_a_token_is_asked_for_and_kept_for_this_tab",
    "views": "test_saved_views.test_the_palette_saves_and_opens_views",
    "view-leave": "test_saved_views.test_the_focus_stays_in_the_menu_of_views",
    "view-rename": "test_saved_views.test_a_view_is_saved_opened_renamed_and_deleted",
    "database": "test_databases.test_switching_shows_the_other_queue_on_the_same_screen",
}  # fmt: skip
