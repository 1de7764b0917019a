"""The actions on jobs and the maintenance operations: names, texts, and which of them are offered."""
