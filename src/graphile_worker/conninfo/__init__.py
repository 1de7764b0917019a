"""A database's address as libpq resolves it, into explicit arguments for the driver.

`resolve` puts together what `uri` or `keywords` find in the address, what `service` finds in a service file and what
`environment` finds in libpq's variables. `parameters` and `foreign` are the tables of names. `hosts`, `tls`, `sockets`
and `targets` each check one group of values. `passfile` is read at each connection, which `open_connection` opens.
"""

from graphile_worker.conninfo.options import ConnectOptions
from graphile_worker.conninfo.resolve import is_address, resolve

__all__ = ["ConnectOptions", "is_address", "resolve"]
