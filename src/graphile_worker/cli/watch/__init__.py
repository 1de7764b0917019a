"""`watch`: looks at intervals, and what is made of them on a terminal or in a pipe."""
