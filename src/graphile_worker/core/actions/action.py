"""What an action is: its permission, its arguments and their validation, its rules and its words. Plain data, without a
database: the command line and the page's build read it, too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias

from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.relations import Privilege

if TYPE_CHECKING:
    from graphile_worker.core.jobs import JobReport, JobResult

VERIFY_JOBS = "Open the jobs, or list them by id, before you repeat it."


class Row(Protocol):
    """A row of the database."""

    def __getitem__(self, name: str, /) -> Any: ...


Rule: TypeAlias = (
    "Callable[[Row, Mapping[str, Any]], JobResult | None]"  # why a job is skipped, by its row and the arguments
)


def attempts_within_maximum(row: Row, arguments: Mapping[str, Any]) -> JobResult | None:
    """Skips a job that would have more attempts than max_attempts; arguments that change neither pass."""
    attempts, max_attempts = arguments.get("attempts"), arguments.get("max_attempts")
    used = row["attempts"] if attempts is None else attempts
    most = row["max_attempts"] if max_attempts is None else max_attempts
    if (attempts is None and max_attempts is None) or used <= most:
        return None
    from graphile_worker.core.jobs import JobResult, Outcome

    return JobResult(row["id"], Outcome.REFUSED, f"attempts ({used}) would be above max_attempts ({most})")


def attempts_left(row: Row, arguments: Mapping[str, Any]) -> JobResult | None:
    """Skips a job that no worker would take, because all its attempts are used."""
    attempts = arguments.get("attempts")
    used = row["attempts"] if attempts is None else attempts
    if (arguments.get("max_attempts") or row["max_attempts"]) > used:
        return None
    from graphile_worker.core.jobs import JobResult, Outcome

    reason = "has used all its attempts" if attempts is None else "would have no attempt left"
    return JobResult(row["id"], Outcome.USED_UP, f"{reason}: retry it instead")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that WorkerUtils does to a queue. Its `name` is also the name of the permission that it needs.

    Args:
        phrase: completes the sentence "Your user may not …".
        privileges: what the database role needs; privileges on what a schema does not have are not required.
        verify: how to find out whether the action was done when its outcome is unknown.
        on_jobs: whether the role `operator` includes it.
    """

    name: str
    phrase: str
    privileges: tuple[Privilege, ...] = ()
    verify: str = VERIFY_JOBS
    on_jobs: bool = False


class Argument(NamedTuple):
    """An argument of an action on jobs: keyword of its method, member of its request, option of its command.

    Args:
        check: validates a value that is not None; gets the name and the value, raises InvalidInput.
        default: what the admin and the command line use where no value is given.
    """

    name: str
    type: type[int] | type[str]
    check: Callable[[str, Any], Any]
    help: str
    short_option: str | None = None
    default: tuple[str, str] | None = None


class Button(NamedTuple):
    """How the page offers an action: `hint` explains it in the dialog, `state` limits it to jobs of that state.

    Args:
        tone: `main` for the usual one, `bad` for one that destroys.
        confirms: whether a dialog opens for a single job too.
        undoable: whether the page can restore the previous values of selected rows.
    """

    label: str
    icon: str
    hint: str
    done: str
    doing: str
    tone: Literal["main", "bad", ""] = ""
    state: str | None = None
    confirms: bool = False
    undoable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAction(Action):
    """An action on jobs that are selected by id or by filter.

    Args:
        method: the method of WorkerUtils.
        statement: the statement; its parameters are the ids, `arguments` by name, and `constants`.
        requires_argument: whether at least one argument must be given.
        rules: why a job is skipped, checked after its lock and the preconditions.
        done: the first words of the message, "Retried 3 job(s)".
        summary: the line in the list of commands; `details` are the rest of the command's help.
        deletes: whether the jobs are gone afterwards, so that a command asks first.
    """

    method: str
    statement: str
    arguments: tuple[Argument, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    requires_argument: bool = False
    rules: tuple[Rule, ...] = ()
    done: str
    summary: str
    details: str = ""
    deletes: bool = False
    button: Button
    on_jobs: bool = True

    def validate(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The checked values by argument, None where none is given. Raises InvalidInput."""
        checked = {
            argument.name: None
            if (value := values.get(argument.name)) is None
            else argument.check(argument.name, value)
            for argument in self.arguments
        }
        if self.requires_argument and all(value is None for value in checked.values()):
            first, *others = checked
            raise InvalidInput(first, f"or {', '.join(others[:-1])} or {others[-1]} must be given")
        return checked

    def reason_to_skip(self, row: Row, arguments: Mapping[str, Any]) -> JobResult | None:
        """The first rule that excludes the job, as its result."""
        return next((result for rule in self.rules if (result := rule(row, arguments))), None)

    def apply(
        self, utils: object, ids: Sequence[int], arguments: Mapping[str, Any], **options: Any
    ) -> Awaitable[JobReport]:
        """Calls the method of `utils`, a WorkerUtils; `options` are preconditions and `dry_run`."""
        result: Awaitable[JobReport] = getattr(utils, self.method)(ids, **arguments, **options)
        return result

    @property
    def message(self) -> str:
        """Takes the number of jobs: "Retried {0} job(s)"."""
        return self.done + " {0} job(s)"

    @property
    def words(self) -> str:
        """The action in a question and after "would"."""
        return self.name.replace("-", " ") + (" (delete)" if self.deletes else "")
