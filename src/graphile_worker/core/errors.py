"""The former name of `graphile_worker.core.exceptions`, kept for one release. The errors are names of `graphile_worker`."""

from graphile_worker.core.exceptions import *  # noqa: F403
