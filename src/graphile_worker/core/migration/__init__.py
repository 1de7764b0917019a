"""The state of a schema, probed object by object, and its migration to the newest one."""
