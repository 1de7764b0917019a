"""The long recipes are run by scripts/test-recipes alone."""

collect_ignore = ["recipes"]
