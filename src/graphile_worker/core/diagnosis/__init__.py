"""Diagnosis: facts about a database and a role, capabilities, findings with their remedies, recipes for roles, health
of the rows."""
