"""Builds what the browser loads: npm packages by hash, patched and joined; the browser program as a section of the wasm file."""
