"""The panel of one job: why it does not run, its retry schedule, its data."""
