"""What an event of the person does: one table of handlers, by data-action."""
