"""The Maintenance screen and the previews of its operations."""
