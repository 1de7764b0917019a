"""The jobs that a command acts on, and the action itself: selection, confirmation, progress, report."""
