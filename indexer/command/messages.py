"""Messages of the commands for people: a line each, on standard error."""

import typer


def say(message: str) -> None:
    """Print a message on standard error, after the name of the program."""
    typer.echo(f"locus: {message}", err=True)
