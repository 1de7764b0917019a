"""The JSON texts of payloads: how one is indented and checked, and how two differ."""
