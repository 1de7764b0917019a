"""The recipes of docs/deploying.md, run as they stand."""
