"""What is asked of the two command lines. Each line starts from the rows of seed.sql."""

from __future__ import annotations

_PAIRS = [  # once as text, once with --json
    "list", "list --state failed", "list --identifier send_email --limit 2", "list --queue nothing", "list --offset 7",
    "show 2", "show 5", "stats", "queues", "workers",
    "add send_email", "add send_email --payload [1,2] --queue imports --priority 3 --max-attempts 2 --flag a --flag b",
    "add send_email --key email:2 --job-key-mode replace", "add send_email --run-at 2995-01-01T00:00:00Z",
    "complete 1", "complete 1 2", "fail 1", "fail 1 -r because", "reschedule 3 --now", "reschedule 1 --priority 4",
    "reschedule 5 --attempts 0 --max-attempts 9", "remove email:2", "migrate", "cleanup", "cleanup gc-job-queues",
    "force-unlock worker-a", "sweep-stale-workers --dry-run", "sweep-stale-workers --sweep-threshold 10m --dry-run",
]
_USAGE = [
    "list --state nothing", "list --limit x", "show", "show x", "complete", "add", "add x --job-key-mode replace",
    "add x --payload {} --payload-file f", "add x --payload {", "add x --run-at yesterday", "reschedule 1",
    "reschedule 1 --now --run-at 2995-01-01T00:00:00Z", "cleanup everything", "nothing", "show 999",
    "admin --listen nowhere", "admin --auth other", "admin --auth none --listen 0.0.0.0:5679",
]
COMMANDS = [line for pair in _PAIRS for line in (pair, f"{pair} --json")] + _USAGE
