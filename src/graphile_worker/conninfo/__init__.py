"""Resolves the address of a database as libpq does, into explicit arguments for the driver.

`resolve` combines the parameters of the address (`syntax`), of a service file and of libpq's variables (`sources`) into
`options`. `connect` opens connections: hosts, sockets, TLS, the password file and the login.
"""

from graphile_worker.conninfo.options import ConnectOptions
from graphile_worker.conninfo.resolve import is_address, resolve

__all__ = ["ConnectOptions", "is_address", "resolve"]
