"""The users of the admin: their roles, their file, their passwords."""
