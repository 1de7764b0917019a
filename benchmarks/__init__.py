"""Measurements of ours beside the Rust reference; see README.md and scripts/bench."""
