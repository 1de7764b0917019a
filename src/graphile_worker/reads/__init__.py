"""Reads of a queue as objects: the reads of `admin.api` keep JSON that PostgreSQL built as text, and these functions decode it.

- `objects` has the classes, `jobs` and `tables` the reads, `decode` turns JSON members into values.
- `json_parts` takes JSON text apart without decoding it, `deep_json` does so for text that is nested too deeply.
"""
