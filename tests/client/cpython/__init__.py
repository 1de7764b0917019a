"""Comparisons of the browser program with CPython's own library. They do not run on MicroPython."""
