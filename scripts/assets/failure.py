"""The error of the build."""


class BuildError(Exception):
    """The message says what is wrong and what to do."""
