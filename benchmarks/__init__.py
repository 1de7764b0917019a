"""Measurements against the Rust reference; see README.md and scripts/bench."""
