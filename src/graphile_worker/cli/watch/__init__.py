"""`watch`: `snapshots` reads the queue at intervals; `screen` shows them on a terminal, `lines` in a pipe."""
