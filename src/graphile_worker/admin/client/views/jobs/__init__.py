"""The screen of jobs: filters, counts, table, selection bar."""
