"""The HTTP server of the admin.

`app` joins the endpoints of `routes` and puts the guards around them; `endpoint` defines an endpoint; `config`, `context`
and `databases` have the settings and the state of each queue; `mounting` is for other applications; `openapi` and
`metrics` make two responses. `http`, `security`, `users`, `limits` and `audit` have the middlewares, `live` the event
streams, `page` the page and its assets, `process` the server that `serve` runs.
"""
