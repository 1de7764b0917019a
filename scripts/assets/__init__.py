"""Builds the files for the browser: npm packages by hash, patched and bundled; the browser program as a section of the
wasm
file."""
