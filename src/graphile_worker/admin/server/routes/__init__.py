"""The endpoints by noun. A module has the handlers of its endpoints and their `Endpoint` blocks in `ENDPOINTS`.

A handler calls one read or one action and returns the response; decoding and permissions are done before it.
"""
