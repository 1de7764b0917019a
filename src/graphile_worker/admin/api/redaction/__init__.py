"""Values that viewers do not see, and where they are in a JSON text."""
