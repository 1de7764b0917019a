"""The screen of maintenance."""
