"""What a database is, what a role may do there, what looks wrong, and the command that helps."""
