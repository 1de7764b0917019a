"""The API without HTTP: types of requests and responses, and the reads of jobs, tables and the overview.

`vocabulary` has the constants that the browser program shares. `requests` and `responses` have the types, `json_codec`
and `json_schema` their JSON. `jobs`, `tables`, `bulk` and `maintenance` read the database with the statements of `sql`;
`redaction` hides values from viewers.
"""
