"""Runs the hardening suites at full volume and prints one line for each, with the figures that its tests recorded."""

from __future__ import annotations

import sys

from tests.support.suites import suite

# Number of the suite, its name, and the pytest arguments that select it.
SUITES: dict[int, tuple[str, list[str]]] = {
    1: ("properties", ["tests/hardening/test_properties.py", "tests/hardening/test_properties_of_input.py"]),
    2: ("API contract", ["tests/hardening/test_contract_run.py"]),
    3: ("sockets and raw HTTP", [f"tests/hardening/test_{name}.py" for name in ("sockets", "raw_http", "pipelines")]),
    4: ("guard combinations", ["tests/hardening/test_guard_matrix.py", "tests/server/test_guards.py"]),
    5: (
        "browser",
        [f"tests/browser/test_{name}.py" for name in ("xss", "cross_site", "harmless", "hostile", "two_tabs")],
    ),
    6: ("faults", ["tests/hardening/test_faults.py", "tests/core/test_driver_errors.py"]),
    7: ("races", ["tests/hardening/test_races.py"]),
    8: ("scale", ["tests/hardening/test_scale.py"]),
    9: ("load", ["tests/hardening/test_load.py", "tests/hardening/test_reserved.py"]),
    10: ("soak", ["tests/hardening/test_soak.py"]),
    11: (
        "supply chain",
        [
            "tests/hardening/test_supply.py",
            "tests/hardening/test_bandit.py",
            "tests/build/test_wheel.py",
            "tests/build/test_packages.py",
        ],
    ),
}


def run(number: int) -> bool:
    """Runs one suite and prints its line; False when a test failed."""
    name, arguments = SUITES[number]
    return suite(f"{number:>2} {name}", arguments, {"GRAPHILE_WORKER_HARDENING": "full"})


def main(arguments: list[str]) -> int:
    """Runs the suites whose numbers are given, or all; exit code 1 when one failed, 2 for a number without a suite."""
    unknown = [one for one in arguments if not (one.isdigit() and int(one) in SUITES)]
    if unknown:
        print(
            f"test-hardening: there is no suite {unknown[0]!r}; there are {', '.join(map(str, SUITES))}",
            file=sys.stderr,
        )
        return 2
    results = [run(number) for number in (map(int, arguments) if arguments else SUITES)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
