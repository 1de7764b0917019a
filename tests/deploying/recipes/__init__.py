"""Recipes whose programs are large: scripts/test-recipes installs them and runs these tests."""
