"""Print messages for people, one line each, on standard error."""

import typer


def say(message: str) -> None:
    """Print a message on standard error, prefixed with the name of the program."""
    typer.echo(f"locus: {message}", err=True)
