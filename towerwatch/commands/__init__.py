"""One module for each command; each holds a typer `app`."""
