"""The commands, one file for each noun; main.py imports a file when one of its commands is called."""
