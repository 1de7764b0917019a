"""SQL of the demo."""

from graphile_worker.core.sql import CORE, Loader

statement = Loader(__name__, CORE).statement
