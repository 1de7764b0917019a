"""What is asked of both servers on one database: every read there is, on the rows of seed.sql and rows.sql."""

from __future__ import annotations

from urllib.parse import urlencode

STATES = (None, "all", "ready", "scheduled", "locked", "failed")
PAGES: tuple[dict[str, int], ...] = ({}, {"limit": 7}, {"limit": 7, "offset": 3}, {"limit": 500, "offset": 100})
TASKS = ("task 6", "Task 1", "mail.send#2", "zażółć 3", "100% <4> & 'quoted'", "a_b\\c,5", "send_email", "none")
QUEUES = ("queue 4", "QUEUE 1", 'queue "2"', "очередь 3", "imports", "none")
SEARCHES = (
    *("task", "TASK 1", "żÓŁ", "<script>", "alert(10)", "key:4", "ключ", "pool-", "graphile_worker_3"),
    *("10007", "90071992547", "it broke\n", "at line 8", "u00fc", "😀", "очередь", "xxxxx", "'quoted'", "nothing here"),
)
WILD = ("100%", "_b\\c", "a%k", "\\u00fc", "1_1", "%", "_")  # the reference takes these as patterns; ours as they are
FILTERS: tuple[dict[str, str], ...] = (
    {},
    *({"identifier": task} for task in TASKS),
    *({"queue": queue} for queue in QUEUES),
    *({"search": search} for search in SEARCHES),
    {"identifier": "Task 1", "queue": "QUEUE 1"},
    {"identifier": "zażółć 3", "search": "10"},
    {"queue": "queue 4", "search": "a"},
    {"identifier": "task 6", "queue": "queue 4", "search": "e"},
)
LISTS = [
    f"/api/jobs?{urlencode({**({'state': state} if state else {}), **filter, **page})}"
    for state in STATES
    for filter in FILTERS
    for page in PAGES
]


def reads(ids: list[int]) -> list[str]:
    """Every address to read from, with these jobs one by one."""
    return ["/api/session", "/api/overview", "/api/jobs", *LISTS, *(f"/api/jobs/{id}" for id in ids)]
