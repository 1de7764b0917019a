"""The one way the build fails: a sentence."""


class BuildError(Exception):
    """Says what is wrong and what to do."""
