"""Addresses by what they vary: each family is a list of cases."""

from __future__ import annotations

from tests.connection.cases import Case
from tests.connection.families import environment, files, forms, hosts, modes, parameters, passwords, product

FAMILIES: dict[str, list[Case]] = {
    module.__name__.rpartition(".")[2]: module.CASES
    for module in (forms, hosts, parameters, environment, files, modes, passwords, product)
}
