"""The entry point of the program, also `python -m graphile_worker`."""

from graphile_worker.cli import collector


def main() -> None:
    """Runs the program. The modules are imported after the collector is set, because it slows their import down."""
    collector.postpone()
    from graphile_worker.cli.main import main as run_program

    run_program()


if __name__ == "__main__":
    main()
