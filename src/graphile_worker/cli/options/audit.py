"""The options of `admin` about audit events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from graphile_worker.cli.options.environment_option import admin_option

if TYPE_CHECKING:
    from graphile_worker.admin.server.audit.events import AuditSink

F = TypeVar("F", bound=Callable[..., Any])


def audit_options(function: F) -> F:
    """`--audit-log FILE` and `--no-audit`."""
    function = admin_option("--no-audit", is_flag=True, help="Write no audit events.")(function)
    return admin_option(
        "--audit-log", metavar="FILE",
        help="Append an audit event for each write to this file (SIGHUP reopens it), not to standard error.",
    )(function)  # fmt: skip


@contextmanager
def audit_sink(path: str | None, off: bool) -> Iterator[AuditSink | None]:
    """The destination of the events. Raises ValueError for a file that cannot be opened, and for both options."""
    from graphile_worker.admin.server.audit.audit_file import AuditFile, to_stderr

    if off:
        if path is not None:
            raise ValueError("give --audit-log or --no-audit, not both")
        yield None
        return
    if path is None:
        yield to_stderr
        return
    file = AuditFile(path)
    try:
        yield file
    finally:
        file.close()
