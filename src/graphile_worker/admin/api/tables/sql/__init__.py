"""The SQL of reads of whole tables, and of the database itself. Other files, like errors.sql, are those of api/sql."""

from graphile_worker.admin.api.sql import LISTS
from graphile_worker.core.sql import Loader

statement = Loader(__name__, LISTS).statement
