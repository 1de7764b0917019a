"""The output of a watch in a pipe: one line per snapshot, as a table or as JSON; outages on standard error."""

from __future__ import annotations

import msgspec

from graphile_worker.admin.api.responses.overview import Rate
from graphile_worker.cli.output import note, print_json, print_rows, time_cell
from graphile_worker.cli.watch.history import History
from graphile_worker.cli.watch.snapshots import Snapshot
from graphile_worker.core.durations import approximate
from graphile_worker.core.exceptions import DatabaseError

COLUMNS = (
    "time", "total", "ready", "scheduled", "locked", "failed", "blocked", "oldest_ready_secs", "queues_held", "workers",
    "retrying", "added_per_minute", "finished_per_minute", "empty_secs",
)  # fmt: skip


class Lines:
    """Prints each snapshot when it arrives."""

    def __init__(self, json: bool) -> None:
        self._json = json
        self._history = History()

    def show(self, snapshot: Snapshot, pause: float) -> None:
        """Prints one line; the first one under a header."""
        begins = self._history.last is None
        silence = self._history.add(snapshot)
        if silence:
            note(f"The database answers again, after {approximate(silence.seconds)}.")
        if self._json:
            print_json(msgspec.json.encode(snapshot.live))
        else:
            print_rows(([COLUMNS] if begins else []) + [_cells(snapshot)])

    def show_error(self, error: DatabaseError) -> None:
        """Prints the start of an outage."""
        if self._history.add_error(error) and self._history.silence:
            silence = self._history.silence
            since = f"since {time_cell(silence.since)}" if silence.since else "yet"
            note(f"No answer from the database {since}: {silence.reason} Trying again.")


def _cells(snapshot: Snapshot) -> tuple[str, ...]:
    live, stats = snapshot.live, snapshot.live.stats
    age = "-" if live.oldest_ready_secs is None else str(int(live.oldest_ready_secs))
    counts = (stats.total, stats.ready, stats.scheduled, stats.locked, stats.failed, stats.blocked)
    held = (str(live.queues_held), str(live.workers_holding))
    return (time_cell(live.as_of), *map(str, counts), age, *held, str(stats.retrying), *_rate_cells(live.rate))


def _rate_cells(rate: Rate | None) -> tuple[str, ...]:
    if rate is None:
        return ("-", "-", "-")
    numbers = (rate["added_per_minute"], rate["finished_per_minute"], rate["empty_secs"])
    return tuple("-" if number is None else f"{number:g}" for number in numbers)
