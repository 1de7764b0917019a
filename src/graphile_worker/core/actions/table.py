"""The table of actions: routes, permissions, capabilities, commands and the page's words are made from it.

A new action on jobs needs a row here, its statement in `core/sql/jobs.sql` and its method of WorkerUtils.
`scripts/docs` then writes the page's part (`admin/client/model/actions/action_table.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphile_worker.core import validation
from graphile_worker.core.actions.action import (
    Action,
    Argument,
    Button,
    JobAction,
    attempts_left,
    attempts_within_maximum,
)
from graphile_worker.core.relations import JOBS, QUEUES, RETIREMENTS, TASKS, WORKERS

ADMIN_FAIL_REASON = "Marked failed from Graphile Worker admin UI"
COMMAND_FAIL_REASON = "Manually marked as failed"  # also of the schema's own function


def _small(low: int) -> Callable[[str, Any], int]:
    return lambda name, value: validation.integer(name, value, low, validation.SMALLINT[1])


PRIORITY = Argument(name="priority", type=int, check=_small(validation.SMALLINT[0]), help="New priority.")
ATTEMPTS = Argument(name="attempts", type=int, check=_small(0), help="New number of attempts made.")
MAX_ATTEMPTS = Argument(name="max_attempts", type=int, check=_small(1), help="New max_attempts.")
RUN_AT = Argument(
    name="run_at", type=str, check=validation.time, help="RFC 3339 time, `now`, `+90m`, `in 1 h` or `tomorrow 09:00`."
)
REASON = Argument(
    name="reason",
    type=str,
    check=lambda name, value: validation.text(name, value, most=validation.REASON_MAX, least=0),
    help="Becomes the last error.",
    short_option="-r",
    default=(ADMIN_FAIL_REASON, COMMAND_FAIL_REASON),
)

_RETIRE = ((RETIREMENTS, "insert"),)
_UNLOCK = ((JOBS, "update"), (QUEUES, "update"))  # also where an action takes a job whose lock is too old
_RESCHEDULE = (*_UNLOCK, (RETIREMENTS, "select"), (RETIREMENTS, "delete"), ("reschedule_jobs", "execute"))

MIGRATE = Action(
    name="migrate",
    phrase="migrate",
    verify="A dry run (`graphile-worker migrate --dry-run`) lists the steps that are left.",
)
ADD = Action(
    name="add",
    phrase="add jobs",
    privileges=(
        *((JOBS, "insert"), (JOBS, "update"), (TASKS, "insert"), (QUEUES, "insert")),
        *(*_RETIRE, ("add_job", "execute"), ("add_jobs", "execute")),
    ),
    verify="Look at the newest jobs of this task before you add it again.",
    on_jobs=True,
)
COMPLETE = JobAction(
    name="complete",
    phrase="complete jobs",
    privileges=(*_UNLOCK, (JOBS, "delete"), ("complete_jobs", "execute")),
    method="complete_jobs",
    statement="jobs.complete",
    done="Completed",
    summary="Complete (delete) jobs that are not running.",
    deletes=True,
    button=Button(
        label="Complete",
        icon="check",
        hint="They are removed from the queue as if they had succeeded.",
        done="completed",
        doing="Completing",
        confirms=True,
    ),
)
FAIL = JobAction(
    name="fail",
    phrase="fail jobs",
    privileges=(*_UNLOCK, *_RETIRE, ("permanently_fail_jobs", "execute")),
    method="permanently_fail_jobs",
    statement="jobs.fail",
    arguments=(REASON,),
    done="Failed",
    summary="Fail jobs for good.",
    details="All attempts are used up, so that no worker takes them until a `retry`.",
    button=Button(
        label="Fail",
        icon="ban",
        hint="They count as failed for good and no worker takes them again until a retry.",
        done="marked as failed",
        doing="Failing",
        tone="bad",
        confirms=True,
    ),
)
RUN_NOW = JobAction(
    name="run-now",
    phrase="run jobs now",
    privileges=_RESCHEDULE,
    method="run_now",
    statement="jobs.run_now",
    arguments=(PRIORITY, ATTEMPTS, MAX_ATTEMPTS),
    rules=(attempts_within_maximum, attempts_left),
    done="Run now",
    summary="Make jobs due now.",
    details="For jobs that have used all their attempts, use `retry`.",
    button=Button(
        label="Run now",
        icon="play",
        hint="Run at becomes now; attempts stay as they are.",
        done="set to run now",
        doing="Setting to run now",
        state="scheduled",
        undoable=True,
    ),
)
RUN_NEXT = JobAction(
    name="run-next",
    phrase="run jobs next",
    privileges=_RESCHEDULE,
    method="run_next",
    statement="jobs.run_next",
    rules=(attempts_left,),
    done="Run next",
    summary="Make jobs due now, before every other job that is due.",
    details="Their priority becomes one less than the lowest of the other due jobs, unless it is already below that. "
    "For jobs that have used all their attempts, use `retry`.",
    button=Button(
        label="Run next",
        icon="arrow-up",
        hint="Run at becomes now; the priority is lowered below all due jobs.",
        done="set to run next",
        doing="Setting to run next",
        undoable=True,
    ),
)
RETRY = JobAction(
    name="retry",
    phrase="retry jobs",
    privileges=_RESCHEDULE,
    method="retry",
    statement="jobs.run_now",
    constants={"priority": None, "attempts": 0, "max_attempts": None},
    done="Retried",
    summary="Reset the attempts of jobs and make them due now.",
    details="For example: retry --state failed --queue mailers --dry-run",
    button=Button(
        label="Retry",
        icon="rotate-ccw",
        hint="Attempts go back to 0 and they run as soon as a worker is free.",
        done="retried",
        doing="Retrying",
        tone="main",
        state="failed",
    ),
)
RESCHEDULE = JobAction(
    name="reschedule",
    phrase="reschedule jobs",
    privileges=_RESCHEDULE,
    method="reschedule_jobs",
    statement="jobs.reschedule",
    arguments=(RUN_AT, PRIORITY, ATTEMPTS, MAX_ATTEMPTS),
    requires_argument=True,
    rules=(attempts_within_maximum,),
    done="Rescheduled",
    summary="Change when and how jobs run.",
    details="Values that are not given stay.",
    button=Button(
        label="Reschedule",
        icon="calendar-clock",
        hint="Only what is filled in changes.",
        done="rescheduled",
        doing="Rescheduling",
        confirms=True,
        undoable=True,
    ),
)
CHANGE_PAYLOAD = Action(
    name="change-payload",
    phrase="change the payload of jobs",
    privileges=((JOBS, "update"),),
    verify="Open the job: it has the new payload where the change was made.",
    on_jobs=True,
)
REMOVE_BY_KEY = Action(
    name="remove-by-key",
    phrase="remove jobs by key",
    privileges=(*_UNLOCK, (JOBS, "delete"), *_RETIRE, ("remove_job", "execute")),
    verify="Search for the key: no job has it any more where the job was removed.",
    on_jobs=True,
)
CLEANUP = Action(
    name="cleanup",
    phrase="clean up",
    privileges=tuple((table, privilege) for table in (JOBS, QUEUES, TASKS) for privilege in ("update", "delete")),
    verify="A dry run counts what is still to be deleted.",
)
FORCE_UNLOCK = Action(
    name="force-unlock",
    phrase="force unlock workers",
    privileges=_UNLOCK,
    verify="A dry run names the locks that these workers still hold.",
)
RELEASE_OLD_LOCKS = Action(
    name="release-old-locks",
    phrase="release old locks",
    privileges=_UNLOCK,
    verify="A dry run lists the locks that are still there.",
)
SWEEP_STALE_WORKERS = Action(
    name="sweep-stale-workers",
    phrase="sweep stale workers",
    privileges=(
        *(*_UNLOCK, *((WORKERS, privilege) for privilege in ("select", "update", "delete")), (RETIREMENTS, "select")),
        *(("recover_dead_worker_jobs", "execute"), ("delete_stale_workers", "execute")),
    ),
    verify="A dry run names the workers that are still to be swept.",
)
REPAIR = Action(
    name="repair",
    phrase="repair",
    privileges=((JOBS, "update"), (TASKS, "insert"), (QUEUES, "insert")),
    verify="`graphile-worker doctor` names the rows that are still missing.",
)

ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        MIGRATE, ADD, COMPLETE, FAIL, RUN_NOW, RUN_NEXT, RETRY, RESCHEDULE, CHANGE_PAYLOAD, REMOVE_BY_KEY, CLEANUP,
        FORCE_UNLOCK, RELEASE_OLD_LOCKS, SWEEP_STALE_WORKERS, REPAIR,
    )
}  # fmt: skip
ACTION_NAMES = tuple(ACTIONS)
JOB_ACTIONS = {name: action for name, action in ACTIONS.items() if isinstance(action, JobAction)}
JOB_ACTION_NAMES = tuple(JOB_ACTIONS)
ARGUMENT_NAMES = frozenset(argument.name for action in JOB_ACTIONS.values() for argument in action.arguments)
