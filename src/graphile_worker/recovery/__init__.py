"""Workers that are gone, and the jobs they still hold."""
