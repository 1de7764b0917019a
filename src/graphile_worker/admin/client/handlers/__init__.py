"""What an event of the person does: one table of handlers, by data-action.

`dispatch` has the table, `keyboard` the keys. `filtering`, `selection`, `export`, `settings` and `palette` have the handlers
of their part of the page, `writes` those that change the database; `dialogs` opens and closes the dialog. Modules that only
`client.later` imports are in the second file.
"""
