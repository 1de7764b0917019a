"""`completion`: the script with which a shell completes commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from graphile_worker.cli.output import say

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the completion script of a SHELL, to be loaded when it starts.

    \b
    bash:  eval "$(graphile-worker completion bash)"      in ~/.bashrc
    zsh:   eval "$(graphile-worker completion zsh)"       in ~/.zshrc, after compinit
    fish:  graphile-worker completion fish > ~/.config/fish/completions/graphile-worker.fish
    """
    from graphile_worker.cli.main import COMPLETE, PROGRAM, cli

    found = get_completion_class(shell)
    assert found is not None  # one of click's own three
    script = found(cli, {}, PROGRAM, COMPLETE)
    say((script.source_template % script.source_vars()).strip())
