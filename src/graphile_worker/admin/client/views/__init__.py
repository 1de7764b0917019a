"""Views: functions from the state to escaped HTML. The server runs them for many users, so they keep nothing between calls."""
