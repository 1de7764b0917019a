"""Tables of the parameters of an address, for docs/connecting.md."""

from __future__ import annotations

from graphile_worker.conninfo.syntax.foreign_parameters import FOREIGN
from graphile_worker.conninfo.syntax.parameters import ALIASES, PARAMETERS, Parameter, Treatment


def parameters() -> str:
    """A row for each parameter of libpq: its variable and its treatment."""
    rows = [
        f"| `{one.name}` | {f'`{one.variable}`' if one.variable else ''} | {_treatment(one)} | {one.meaning} |"
        for one in PARAMETERS
    ]
    return "\n".join(["| parameter | variable | treatment | |", "|---|---|---|---|", *rows, ""])


def _treatment(one: Parameter) -> str:
    if one.treatment is not Treatment.CONDITIONAL:
        return str(one.treatment.value)
    values = ", ".join(f"`{value}`" for value in sorted(one.allowed))
    return f"accepted: {values}; else refused" if values else "refused unless empty"


def foreign() -> str:
    """A row for each program with its ignored parameters."""
    names: dict[str, list[str]] = {}
    for name, program in FOREIGN.items():
        names.setdefault(program, []).append(f"`{name}`")
    rows = [f"| {program} | {', '.join(sorted(found))} |" for program, found in names.items()]
    return "\n".join(["| program | parameters |", "|---|---|", *rows, ""])


def aliases() -> str:
    """A row for each other name of a parameter of libpq."""
    rows = [f"| `{name}` | `{meant}` |" for name, meant in ALIASES.items()]
    return "\n".join(["| name | parameter |", "|---|---|", *rows, ""])
