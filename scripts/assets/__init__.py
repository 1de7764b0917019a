"""Builds what the browser loads: the interpreter, the client program inside it, style sheet, icons."""
