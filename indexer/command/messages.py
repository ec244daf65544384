"""What commands print for people: messages on standard error, and the end of ``--help``."""

import typer

from indexer.text import plain


def examples(*commands: str, exit_codes: str = "") -> str:
    """The end of a command's ``--help``: commands to copy, and what the exit codes mean."""
    lines = ["\b", "Examples:", *(f"  {command}" for command in commands)]
    return "\n".join([*lines, "", f"Exit codes: {exit_codes}"] if exit_codes else lines)


def say(message: str) -> None:
    """Print a message on standard error, prefixed with the name of the program.

    It may contain what a file or its name says, so control characters are replaced.
    """
    typer.echo(f"locus: {plain(message)}", err=True)
