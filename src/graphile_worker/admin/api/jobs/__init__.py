"""Reads of jobs: filters, pages, cursors, counts, searches, exports, one job."""
