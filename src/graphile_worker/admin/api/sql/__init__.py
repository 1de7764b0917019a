"""The reads of the admin, as named SQL."""

from graphile_worker.core.sql import Loader

statement = Loader(__name__).statement
