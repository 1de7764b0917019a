"""The dialogs, their forms, and the card of a bulk action."""
