"""The state of a schema, read object by object, and its migration to the newest one."""
