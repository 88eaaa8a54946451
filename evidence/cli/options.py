"""Defines the options that several commands share, so that they behave the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing on stderr but errors.")]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings; default: evidence.toml here, if there is one."),
]
BundlePath = Annotated[Path, typer.Argument(metavar="BUNDLE", help="The folder of a sealed bundle.")]
